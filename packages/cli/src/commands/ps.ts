import type { IpvmNode } from '@ipvm/node'
import type { RunStatus } from '@ipvm/runtime'
import type { PendingRequest, RunState, RunSummary } from '@ipvm/store'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { duration } from '../display/display.ts'
import { exit } from '../exit.ts'
import { agentNames, type AgentName } from '../load/agent-names.ts'
import { fullText } from '../load/disk.ts'
import { executorOf } from '../load/executor.ts'
import { openNode } from '../open.ts'
import { print, printable, say } from '../output.ts'
import { conditionText, openTasks, requestText, stateText, statusValue, taskLines } from '../view/status.ts'

const shownMax = 50

/** How many unsettled tasks of a run are shown. */
const tasksShownMax = 8

/** `ipvm ps` */
export const ps: Command = {
  usage: '',
  words: 0,
  summary:
    'Lists the newest runs: how they ended; of those that have not, what each task waits for, and what you can do.',
  examples: ['ps', 'ps --open', 'ps --json'],
  options: { open: { summary: 'only those that have not ended, however old' } },
  run: async call => {
    const node = await openNode(call)
    try {
      const looked = await look(node, call)
      const runs = call.has('open') ? await openRuns(node) : await node.store.runs(shownMax)
      for (const run of runs) {
        const status = await statusOf(node, run, looked)
        if (call.json) print(JSON.stringify(runJson(run, status, looked)))
        else for (const line of runLines(run, status, looked)) print(line)
      }
      await sayEvents(node, call)
      await sayEquivocations(node, call)
      const full = await fullText(call)
      if (full !== undefined) say(`ipvm: ${full}`)
      if (runs.length === 0 && !call.json) print(call.has('open') ? 'Nothing is under way' : nothing)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** Events that have no run yet, and those that will have none by themselves. */
async function sayEvents(node: IpvmNode, call: Call): Promise<void> {
  if (call.json) return
  for (const { name, counts } of await node.events.list()) {
    const { waiting, dead } = counts
    if (waiting + dead === 0) continue
    const what = `${waiting} events wait, ${dead} could not be delivered`
    say(`ipvm: ${printable(name)}: ${what}; ${commandLine(['on', name, '--dead'], call)}`)
  }
}

/** Results that contradict each other, as long as nobody has found out who is wrong. */
async function sayEquivocations(node: IpvmNode, call: Call): Promise<void> {
  if (call.json) return
  const all = await node.store.listEquivocations()
  const open = all.filter(({ receipts, refuted }) => receipts.length - refuted.length > 1)
  if (open.length > 0) {
    say(`ipvm: results of ${open.length} tasks contradict each other; ${commandLine(['equivocations'], call)}`)
  }
}

const nothing = 'Nothing has run here yet; try: ipvm run --help'

/** What is the same for all runs. */
interface Looked {
  readonly call: Call
  readonly now: number
  readonly executor: string | undefined
  readonly requests: readonly PendingRequest[]
  readonly agentName: AgentName
}

async function look(node: IpvmNode, call: Call): Promise<Looked> {
  const [requests, agentName] = await Promise.all([node.store.requests(), agentNames(node)])
  return { call, now: Date.now(), executor: executorOf(call), requests, agentName }
}

async function openRuns({ store }: IpvmNode): Promise<readonly RunSummary[]> {
  const open = new Set((await store.openRuns()).map(({ run }) => run.toString()))
  const found: RunSummary[] = []
  for (let page = await store.runs(shownMax); page.length > 0 && found.length < open.size; ) {
    found.push(...page.filter(({ run }) => open.has(run.toString())))
    page = await store.runs(shownMax, page.at(-1)?.run)
  }
  return found
}

/** Where the tasks of a run stand that has not ended; nothing where that cannot be told. */
async function statusOf(node: IpvmNode, { run, end }: RunState, { executor }: Looked): Promise<RunStatus | undefined> {
  if (end !== undefined) return undefined
  const status = await node.runtime.status(run, executor)
  return 'ok' in status ? status.ok : undefined
}

function runLines(run: RunSummary, status: RunStatus | undefined, looked: Looked): readonly string[] {
  const { name = 'unnamed', at, tasks, counts, milliseconds } = run
  const settled = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const when = new Date(at * 1000).toISOString().replace('T', ' ').slice(0, 19)
  const state = status ? conditionText(status, looked) : stateText(run)
  // What functions ask for comes to those of the document.
  const all = Math.max(status?.tasks.length ?? 0, tasks, settled)
  const how = `${settled}/${all} settled, ${counts.reused} reused, ${counts.failed} failed, ${duration(milliseconds)}`
  const first = `${when}  ${printable(name)}  ${state}  ${how}`
  return [first, `  ${run.run}`, ...requestsOf(run, looked), ...(status ? statusLines(run, status, looked) : [])]
}

function requestsOf({ run }: RunSummary, { requests }: Looked): readonly string[] {
  return requests.filter(request => request.run.equals(run)).map(request => `  ${requestText(request)}`)
}

function statusLines({ run }: RunSummary, status: RunStatus, looked: Looked): readonly string[] {
  const { shown, more } = openTasks(status, tasksShownMax)
  const width = Math.max(0, ...shown.map(({ label }) => printable(label).length))
  const lines = shown.flatMap(task => {
    const [first, ...rest] = taskLines(run, task, looked)
    return [
      `  ${printable(task.label).padEnd(width)}  ${first}`,
      ...rest.map(line => `  ${' '.repeat(width)}  ${line}`),
    ]
  })
  return more === '' ? lines : [...lines, `  … ${more}`]
}

function runJson(run: RunSummary, status: RunStatus | undefined, { executor, requests }: Looked) {
  const { run: id, workflow, name, at, tasks, end, endedAt, counts, milliseconds } = run
  const state = status?.condition ?? end ?? 'unreadable'
  const asked = requests.filter(request => request.run.equals(id)).map(({ request }) => request.type)
  return {
    ...{
      run: id.toString(),
      workflow: workflow.toString(),
      name,
      state,
      at,
      endedAt,
      end,
      tasks,
      counts,
      milliseconds,
    },
    ...(status && {
      executor,
      requests: asked,
      open: openTasks(status, Number.POSITIVE_INFINITY).shown.map(statusValue),
    }),
  }
}
