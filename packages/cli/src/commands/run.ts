import type { Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { EndedRun, SettledTask } from '@ipvm/runtime'
import type { Call, Command } from '../command.ts'
import { chooseDisplay } from '../display/choose.ts'
import { commandLine } from '../display/command-line.ts'
import type { Display } from '../display/display.ts'
import { lastTasks, resultText, saveResult } from '../display/result.ts'
import { usageText } from '../display/usage.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { print, printable, say } from '../output.ts'
import { loadDraft } from '../load/draft.ts'
import { isModuleWord } from '../load/module.ts'
import { withSourcePlaces } from '../load/source-map.ts'
import { wasmCallDraft } from '../load/wasm-call.ts'
import { openOrMakeNode } from '../open.ts'
import { failureText } from '../view/failure.ts'
import { logText } from '../view/log.ts'

/** `ipvm run FILE …` */
export const run: Command = {
  usage: 'FILE.json | FILE.ts [ARGS…] | FILE.wasm|NAME|CID FUNCTION [ARGS…]',
  words: Number.POSITIVE_INFINITY,
  summary: 'Runs a workflow, or one function of a Wasm module. What is known already is reused, not run.',
  examples: [
    'run add.wasm add-one 41',
    'run image.wasm blur @photo.png 5 --out pictures',
    'run portrait.ts photo.png',
    'run did:key:z6Mk…/image blur @photo.png 5',
  ],
  options: {
    out: { summary: 'write results that are bytes into a folder', value: 'DIR', short: 'o' },
    verbose: { summary: 'tell what each task used, and what it wrote to its log', short: 'v' },
    config: {
      summary: 'what the function of a Wasm file may use, e.g. {"time": [30, "seconds"], "gas": [1, "giga", "gas"]}',
      value: 'JSON',
    },
  },
  run: async call => {
    const [path, ...args] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'run needs a file; see ipvm run --help' })
    const isCall = isModuleWord(path)
    if (call.value('config') !== undefined && !isCall) {
      const message = `--config is for a function of a Wasm file; write "config" into ${path} instead`
      throw new Stop({ name: 'Usage', message })
    }
    // Loaded first: a file that is not there makes no node.
    const draft = isCall ? undefined : await loadDraft(path, args)
    const { node } = await openOrMakeNode(call)
    const display = await chooseDisplay(call)
    try {
      const ended = await runDraft(
        node,
        draft === undefined ? await wasmCallDraft(node, path, args, call.value('config')) : draft,
        path,
        display,
      )
      const written = await printResults(node, ended, call)
      return written === exit.ok ? exitOf(ended) : written
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
  const codes = { ok: exit.ok, failed: exit.failed, cancelled: exit.interrupted, halted: exit.interrupted }
  return end in codes ? codes[end as keyof typeof codes] : exit.failed
}

async function printResults(node: IpvmNode, ended: EndedRun, call: Call): Promise<ExitCode> {
  const folder = call.value('out')
  const code = folder === undefined ? exit.ok : await saveResults(node, folder, ended, call)
  if (folder === undefined && !call.json) {
    for (const task of await lastTasks(node, ended)) await printResult(node, task, ended.tasks.size === 1)
  }
  if (!call.json) await explainFailures(node, ended, call)
  if (ended.end === 'cancelled') {
    say(`ipvm: cancelled; ${ended.tasks.size} tasks were settled and are kept: run it again to go on from there`)
  }
  if (!call.json) for (const task of ended.tasks.values()) await tellReport(node, task, ended.tasks.size === 1, call)
  const receipt = [...ended.tasks.values()].at(-1)?.receipt
  if (receipt && !call.json) say(`Inspect the last receipt: ${commandLine(['show', receipt.cid], call)}`)
  return code
}

/** How many failures of one run are explained; of the others, the display told. */
const explainedMax = 3

/** Where each guest failed, and how it is seen again. What was skipped failed elsewhere. */
async function explainFailures(node: IpvmNode, { tasks }: EndedRun, call: Call): Promise<void> {
  const failed = [...tasks.values()].filter(({ how, receipt }) => how !== 'skipped' && 'error' in receipt.out)
  for (const { label, receipt } of failed.slice(0, explainedMax)) {
    const text = await failureText(node, receipt, call)
    if (text !== undefined) say(tasks.size === 1 ? text : `${printable(label)} failed:\n${text}`)
  }
}

/** What a task used and wrote. Of one among several only where it was asked for; of a failed one, where its log is. */
async function tellReport(node: IpvmNode, task: SettledTask, alone: boolean, call: Call): Promise<void> {
  const { label, how, receipt, report } = task
  if (!report) return
  if (alone || call.has('verbose')) {
    const log = await withSourcePlaces(node, receipt.cid, report.log)
    if (log !== '') say(logText({ receipt: receipt.cid, log, ...(!alone && { label }) }))
    say(`${alone ? 'Used' : `${printable(label)} used`}: ${usageText(report)}`)
  } else if (how === 'failed' && report.log !== '') {
    say(`The log of ${printable(label)}: ${commandLine(['show', receipt.cid, '--log'], call)}`)
  }
}

/** Writes every result that is bytes; one that cannot be written does not keep the others back. */
async function saveResults(node: IpvmNode, folder: string, ended: EndedRun, { json }: Call): Promise<ExitCode> {
  const taken = new Set<string>()
  let code: ExitCode = exit.ok
  for (const task of ended.tasks.values()) {
    try {
      const path = await saveResult(node, folder, task, taken)
      if (path !== undefined && !json) print(`${printable(task.label)}: ${path}`)
      else if (path === undefined && !json) await printResult(node, task, false)
    } catch (thrown) {
      if (!(thrown instanceof Stop)) throw thrown
      say(`ipvm: ${thrown.message}`)
      code = thrown.code
    }
  }
  return code
}

async function printResult(node: IpvmNode, { label, receipt }: SettledTask, alone: boolean): Promise<void> {
  const { out } = receipt
  if ('error' in out) say(`ipvm: ${printable(label)}: ${printable(out.error.message)}`)
  else print(`${alone ? '' : `${printable(label)}: `}${await resultText(node, out.ok)}`)
}
