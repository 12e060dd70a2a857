import type { IpvmNode } from '@ipvm/node'
import type { CID } from '@ipvm/ipld'
import type { EndedRun, SettledTask, TaskStatus } from '@ipvm/runtime'
import { table, type Call } from '../command.ts'
import { commandLine, taskCommandLine } from '../display/command-line.ts'
import { failureOf } from '../display/display.ts'
import { lastTasks, resultText, saveResult } from '../display/result.ts'
import { usageText } from '../display/usage.ts'
import { exit, Stop, type ExitCode } from '../exit.ts'
import { agentNames } from '../load/agent-names.ts'
import { withSourcePlaces } from '../load/source-map.ts'
import { print, printable, say } from '../output.ts'
import { failureText } from './failure.ts'
import { logText } from './log.ts'
import { doubtLines, labelsText, taskLines } from './status.ts'

/** Tells what came of a run of which nothing more goes on: its results, its failures, and what to do. The exit status. */
export async function tellEnded(node: IpvmNode, ended: EndedRun, call: Call): Promise<ExitCode> {
  const folder = call.value('out')
  const code = folder === undefined ? exit.ok : await saveResults(node, folder, ended, call)
  if (folder === undefined && !call.json) {
    for (const task of await lastTasks(node, ended)) await printResult(node, task, ended.tasks.size === 1)
  }
  if (!call.json) await explainFailures(node, ended, call)
  await tellStop(node, ended, call)
  if (!call.json) for (const task of ended.tasks.values()) await tellReport(node, task, ended.tasks.size === 1, call)
  const receipt = [...ended.tasks.values()].at(-1)?.receipt
  if (receipt && !call.json) say(`Inspect the last receipt: ${commandLine(['show', receipt.cid], call)}`)
  return code === exit.ok ? exitOf(ended) : code
}

/** The exit status that tells how a run stands. */
function exitOf({ end }: EndedRun): ExitCode {
  switch (end) {
    case 'ok':
      return exit.ok
    case 'cancelled':
    case 'suspended':
    case 'halted':
      return exit.interrupted
    case 'failed':
    case 'unknown':
      return exit.failed
  }
}

/** What to do about a run that did not come to its end by itself. */
async function tellStop(node: IpvmNode, { run, end, tasks }: EndedRun, call: Call): Promise<void> {
  const settled = `${tasks.size} tasks were settled and are kept`
  const resume = commandLine(['resume', run], call)
  const status = await node.runtime.status(run)
  const known = 'ok' in status ? status.ok.tasks : []
  if (end === 'cancelled') say(`ipvm: cancelled; ${settled}${againText(run, known, call)}`)
  if (end === 'suspended') say(`ipvm: suspended; ${settled}; go on with: ${resume}`)
  if (end === 'halted') say(`ipvm: stopped in the middle; ${settled}; go on with: ${resume}`)
  if (end === 'cancelled') for (const line of doubtLines(known)) say(`ipvm: ${line}`)
  if (end !== 'unknown') return
  const agentName = await agentNames(node)
  for (const task of known.filter(({ state }) => state === 'unknown')) {
    const lines = taskLines(run, task, { now: Date.now(), call, agentName })
    say(`ipvm: ${printable(task.label)} ${lines.join('\n  ')}`)
  }
}

/** How to go on after a run was cancelled: what it changed would be changed once more by another run. */
function againText(run: CID, tasks: readonly TaskStatus[], call: Call): string {
  const isDone = ({ task, ...status }: TaskStatus) =>
    task.class === 'mutation' && status.state === 'settled' && (status.how === 'ran' || status.how === 'reused')
  const done = tasks.filter(isDone).map(({ label }) => label)
  const next = tasks.find(({ state }) => state !== 'settled')
  if (done.length === 0 || !next) return ': run it again to go on from there'
  const fork = commandLine(['fork', run, `--from=${next.label}`], call)
  return `; another run would do ${labelsText(done)} once more, which this does not: ${fork}`
}

/** How many failures of one run are explained; of the others, the display told. */
const explainedMax = 3

/** Where each guest failed, and how it is seen again. What was skipped failed elsewhere. */
async function explainFailures(node: IpvmNode, { run, tasks }: EndedRun, call: Call): Promise<void> {
  const failed = [...tasks.values()].filter(({ how }) => how === 'failed')
  // A run of another node is not ours to go on with.
  const isOurs = failed.length > 0 && (await node.store.run(run)) !== undefined
  for (const task of failed.slice(0, explainedMax)) {
    const { label, receipt, secret } = task
    const text = secret ? undefined : await failureText(node, receipt, call)
    // What a function gives, it gives again.
    const again =
      receipt.exp === null || !isOurs
        ? undefined
        : table([['try it again', taskCommandLine('retry', { run, label }, [], call)]])
    // What the only task gave was told as the result of the run.
    const alone = tasks.size === 1
    const lines = [alone ? undefined : `${printable(label)} failed: ${failureOf(task)}`, text ?? again]
    const told = lines.filter(line => line !== undefined)
    if (told.length > 0) say(told.join('\n'))
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

async function printResult(node: IpvmNode, task: SettledTask, alone: boolean): Promise<void> {
  const { label, receipt, secret } = task
  const { out } = receipt
  const name = alone ? '' : `${printable(label)}: `
  if ('error' in out && out.error.name === 'NotNeeded') return
  if ('error' in out) say(`ipvm: ${printable(label)}: ${failureOf(task)}`)
  else if (secret) print(`${name}a secret; ipvm show ${receipt.cid} --reveal`)
  else print(`${name}${await resultText(node, out.ok)}`)
}
