import { styleText } from 'node:util'
import type { CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { timelineSvg, timelineText, type TextOptions } from '@ipvm/runtime/timeline'
import type { Call } from '../command.ts'
import { orStop } from '../exit.ts'
import { agentNames } from '../load/agent-names.ts'
import { executorOf } from '../load/executor.ts'
import { writeOutput } from '../load/file.ts'
import { print, printDrawn, say } from '../output.ts'

type Shade = Parameters<NonNullable<TextOptions['paint']>>[0]

const colours: Readonly<Record<Shade, Parameters<typeof styleText>[0]>> = {
  ...{ title: 'bold', quiet: 'gray', base: 'gray', pure: 'blue', query: 'cyan', mutation: 'yellow', bad: 'red' },
}

/** A terminal that is wider than that is not filled: the eye does not follow. */
const columnsMax = 160

/** Shows a run along time: as text, or as a picture in the file of that name. */
export async function showTimeline(node: IpvmNode, run: CID, file: string | undefined, call: Call): Promise<void> {
  const timeline = orStop(await node.runtime.timeline(run, executorOf(call)))
  if (call.json) {
    const value = { ...timeline, run: timeline.run.toString() }
    return print(JSON.stringify(value, undefined, 2))
  }
  const agentName = await agentNames(node)
  const bars = timeline.bars.map(bar => (bar.agent === undefined ? bar : { ...bar, agent: agentName(bar.agent) }))
  const drawn = { ...timeline, bars }
  if (file !== undefined) {
    await writeOutput(file, new TextEncoder().encode(`${timelineSvg(drawn)}\n`))
    return say(`ipvm: the picture is in ${file}; a browser shows it`)
  }
  // Some terminals say 0 where they do not know.
  const columns = Math.min(columnsMax, process.stdout.columns || 100)
  const paint = (shade: Shade, text: string) => styleText(colours[shade], text)
  printDrawn(timelineText(drawn, { columns, paint }))
}
