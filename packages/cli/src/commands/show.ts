import { encodeJson, parseCid, type CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { print, printable, say } from '../output.ts'
import { findRun, runNamed } from '../load/run-name.ts'
import { revealed } from '../load/reveal.ts'
import { withSourcePlaces } from '../load/source-map.ts'
import { openNode } from '../open.ts'
import { identify, type Thing } from '../view/identify.ts'
import { logsOf, logText } from '../view/log.ts'
import { runValue } from '../view/run.ts'
import { view } from '../view/view.ts'

/** `ipvm show CID` */
export const show: Command = {
  usage: 'CID | RUN [FILE.svg]',
  words: 2,
  summary:
    'Shows what a CID names: a workflow, a task, a receipt (its signature checked), a file, or a run with its tasks and its journal.',
  examples: [
    'show bafyrei…',
    'show last',
    'show bafyrei… --log',
    'show last --timeline',
    'show last --timeline run.svg',
  ],
  options: {
    log: { summary: 'print what its guest, or every guest of a run, wrote to its log' },
    reveal: { summary: 'open what comes of a secret, on the machine that sealed it' },
    timeline: { summary: 'draw a run along time, as text, or as a picture in a file' },
  },
  run: async call => {
    const { text, file } = wordsOf(call)
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'show needs a CID; see ipvm show --help' })
    const parsed = parseCid(text)
    // All CIDs that are printed here begin so.
    if ('error' in parsed && text !== 'last' && !text.startsWith('baf')) throw new Stop(noName(text))
    const node = await openNode(call)
    try {
      // What is no CID may be the beginning of a run's.
      const cid = 'ok' in parsed ? parsed.ok : await runOf(node, text)
      const found = orStop(await identify(node, cid))
      const thing = call.has('reveal') ? await revealedThing(node, found) : found
      if (call.has('timeline')) return await drawRun(node, thing, file, call)
      if (call.has('log')) return await showLogs(node, cid, thing, call)
      const json = thing.kind === 'run' ? await runValue(node, thing.run, call) : thing.json
      print(call.json ? encodeJson({ cid, kind: thing.kind, ...json }, 2) : await view(node, cid, thing, call))
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** The same with what is sealed of it in the clear. */
async function revealedThing(node: IpvmNode, thing: Thing): Promise<Thing> {
  if (thing.kind !== 'receipt') {
    throw new Stop({ name: 'Usage', message: '--reveal opens a receipt; ipvm get CID --reveal opens a file' })
  }
  const out = await revealed(node, thing.receipt.out)
  return { ...thing, receipt: { ...thing.receipt, out }, json: { ...thing.json, out } }
}

/** What is shown, and the file for its picture, in either order. */
function wordsOf({ positionals, has }: Call): { readonly text: string | undefined; readonly file: string | undefined } {
  const [first, second] = positionals
  if (second !== undefined && !has('timeline')) {
    throw new Stop({ name: 'Usage', message: `"${second}" is one word too many; see --help` })
  }
  const isFileFirst = first?.endsWith('.svg') === true && second !== undefined
  const [text, file] = isFileFirst ? [second, first] : [first, second]
  if (file !== undefined && !file.endsWith('.svg')) {
    throw new Stop({ name: 'Usage', message: `${file}: the picture is SVG; name a file that ends in .svg` })
  }
  return { text, file }
}

async function drawRun(node: IpvmNode, thing: Thing, file: string | undefined, call: Call): Promise<ExitCode> {
  if (thing.kind !== 'run') {
    throw new Stop({ name: 'NoRun', message: `a ${thing.kind} has no timeline, a run has; ipvm ps lists the runs` })
  }
  const { showTimeline } = await import('../view/timeline.ts')
  await showTimeline(node, thing.run.run, file, call)
  return exit.ok
}

async function runOf(node: IpvmNode, text: string): Promise<CID> {
  const run = await findRun(node.store, text)
  if (run) return run.run
  if (text === 'last') return (await runNamed(node.store, text, 'show')).run
  throw new Stop(noName(text))
}

function noName(text: string): { readonly name: string; readonly message: string } {
  const message = `"${printable(text)}" is neither a CID nor the beginning of a run's; ipvm ps lists the runs`
  return { name: 'UnknownName', message }
}

async function showLogs(node: IpvmNode, cid: CID, thing: Thing, { json }: Call): Promise<ExitCode> {
  const logs = await logsOf(node.store, cid, thing)
  for (const log of logs) {
    if (json) print(encodeJson({ ...log }))
    else if (log.log !== '') print(logText({ ...log, log: await withSourcePlaces(node, log.receipt, log.log) }))
  }
  if (!json && logs.every(({ log }) => log === '')) {
    say(logs.length > 0 ? 'ipvm: nothing was written to the log' : `ipvm: no log is kept of this ${thing.kind}`)
  }
  return exit.ok
}
