import { encodeJson } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { RunRecord } from '@ipvm/store'
import type { Call, Command } from '../command.ts'
import { exit, Stop } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { journalOf } from '../load/journal.ts'
import { runNamed } from '../load/run-name.ts'
import { withSourcePlaces } from '../load/source-map.ts'
import { openNode } from '../open.ts'
import { print, printable, say } from '../output.ts'
import { logsOfEntries, type SettledLog } from '../view/log.ts'

/** `ipvm logs RUN [LABEL…]` */
export const logs: Command = {
  usage: 'RUN [LABEL…]',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Prints what the guests of a run wrote to their logs, task by task as they were settled; of some tasks alone, where named.',
  examples: ['logs last', 'logs bafyreigh2 blur', 'logs last --follow', 'logs last --json'],
  options: { follow: { summary: 'go on while it runs', short: 'f' } },
  run: async call => {
    const [word, ...labels] = call.positionals
    const node = await openNode(call)
    try {
      const run = await runNamed(node.store, word, 'logs')
      checkLabels(run, labels, call)
      const lines = await untilInterrupted(signal => printLogs(node, run, { labels, call, signal }))
      if (lines === 0 && !call.json) say('ipvm: nothing was written to the log')
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** A label is looked for where the run has ended; before that, its task may yet come. */
function checkLabels({ run, end, settled }: RunRecord, labels: readonly string[], call: Call): void {
  const unknown = labels.find(label => settled.every(task => task.label !== label))
  if (unknown === undefined || end === undefined || call.has('follow')) return
  const known = settled.slice(0, 8).map(({ label }) => printable(label))
  throw new Stop({
    name: 'UnknownLabel',
    message: `no task "${printable(unknown)}" was settled in ${run}; it has ${known.join(', ')}${settled.length > known.length ? ' …' : ''}`,
  })
}

interface Printing {
  readonly labels: readonly string[]
  readonly call: Call
  readonly signal: AbortSignal
}

async function printLogs(node: IpvmNode, { run }: RunRecord, { labels, call, signal }: Printing): Promise<number> {
  let lines = 0
  for await (const entries of journalOf(node.store, run, { follow: call.has('follow'), signal })) {
    for (const log of await logsOfEntries(node.store, entries)) {
      if (labels.length > 0 && !labels.includes(log.label)) continue
      const text = await withSourcePlaces(node, log.receipt, log.log)
      for (const line of text.replace(/\n$/, '').split('\n')) {
        lines += 1
        print(call.json ? encodeJson(lineValue(log, line)) : lineText(log, line, labels.length === 1))
      }
    }
  }
  return lines
}

/** Its task is named before each line, but where only one was asked about. */
function lineText({ label, at }: SettledLog, line: string, alone: boolean): string {
  const time = new Date(at).toISOString().slice(11, 23)
  return alone ? `${time}  ${line}` : `${time}  ${printable(label)}: ${line}`
}

function lineValue({ at, label, task, how, receipt }: SettledLog, line: string) {
  return { time: new Date(at).toISOString(), label, task, how, receipt, line }
}
