import type { CID, Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { EndedRun, SettledTask } from '@ipvm/runtime'
import type { Call, Command } from '../command.ts'
import { chooseDisplay } from '../display/choose.ts'
import type { Display } from '../display/display.ts'
import { lastTasks, resultText, saveResult } from '../display/result.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { loadDraft } from '../load/draft.ts'
import { wasmCallDraft } from '../load/wasm-call.ts'
import { openOrMakeNode } from '../open.ts'

/** `ipvm run FILE …` */
export const run: Command = {
  usage: 'FILE.json | FILE.ts [ARGS…] | FILE.wasm FUNCTION [ARGS…]',
  summary: 'Runs a workflow, or one function of a Wasm component. What is known already is reused, not run.',
  examples: ['run add.wasm add-one 41', 'run image.wasm blur @photo.png 5 --out pictures', 'run portrait.ts photo.png'],
  options: { out: { summary: 'write results that are bytes into a folder', value: 'DIR', short: 'o' } },
  run: async call => {
    const [path, ...args] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'run needs a file; see ipvm run --help' })
    // Loaded first: a file that is not there makes no node.
    const draft = path.endsWith('.wasm') ? undefined : await loadDraft(path, args)
    const { node } = await openOrMakeNode(call)
    const display = await chooseDisplay(call)
    try {
      const ended = await runDraft(node, draft ?? (await wasmCallDraft(node, path, args)), path, display)
      await printResults(node, ended, call)
      return exitOf(ended)
    } finally {
      display.end()
      await node.close()
    }
  },
}

/** Runs a draft and shows it; Ctrl-C cancels the run, and a second one ends the process at once. */
export async function runDraft(node: IpvmNode, draft: Value, title: string, display: Display): Promise<EndedRun> {
  const cancel = new AbortController()
  const onInterrupt = () => {
    if (cancel.signal.aborted) process.exit(exit.interrupted)
    cancel.abort()
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onInterrupt)
  try {
    display.begin(title)
    return orStop(await node.run(draft, { onEvent: event => display.event(event), signal: cancel.signal }))
  } finally {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onInterrupt)
  }
}

/** The exit status that tells how a run ended. */
export function exitOf({ end }: EndedRun): ExitCode {
  return { ok: exit.ok, failed: exit.failed, cancelled: exit.interrupted }[end]
}

async function printResults(node: IpvmNode, ended: EndedRun, call: Call): Promise<void> {
  const folder = call.value('out')
  const tasks = folder === undefined ? await lastTasks(node, ended) : [...ended.tasks.values()]
  for (const task of tasks) {
    const path = folder === undefined ? undefined : await saveResult(node, folder, task)
    if (!call.json) await printResult(node, task, path, ended.tasks.size === 1)
  }
  if (ended.end === 'cancelled') {
    const settled = `${ended.tasks.size} tasks were settled and are kept`
    process.stderr.write(`ipvm: cancelled; ${settled}: run it again to go on from there\n`)
  }
  const receipt = [...ended.tasks.values()].at(-1)?.receipt
  if (receipt && !call.json) process.stderr.write(`Inspect the last receipt: ${inspectCommand(receipt.cid, call)}\n`)
}

/** The command as it has to be typed here: under npm the verb is not on the path. */
function inspectCommand(receipt: CID, { home }: Call): string {
  const ipvm = process.env.npm_execpath === undefined ? 'ipvm' : 'npx ipvm'
  return `${ipvm} show ${receipt}${home === undefined ? '' : ` --home ${home}`}`
}

async function printResult(node: IpvmNode, { label, receipt }: SettledTask, path: string | undefined, alone: boolean) {
  const { out } = receipt
  const lead = alone ? '' : `${label}: `
  if ('error' in out) process.stderr.write(`ipvm: ${label}: ${out.error.message}\n`)
  else console.log(`${lead}${path ?? (await resultText(node, out.ok))}`)
}
