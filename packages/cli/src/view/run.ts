import type { ValueMap } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { RunStatus, TaskStatus } from '@ipvm/runtime'
import type { JournalEntry, RunRecord } from '@ipvm/store'
import { table, type Call } from '../command.ts'
import { duration } from '../display/display.ts'
import { agentNames } from '../load/agent-names.ts'
import { executorOf } from '../load/executor.ts'
import { printable } from '../output.ts'
import { entryText, entryValue } from './journal.ts'
import { conditionText, requestText, stateText, statusValue, taskLines, type StatusContext } from './status.ts'

/** How many tasks, and entries of the journal, are shown to a person; programs get all. */
const shownMax = 200

/** A run, where each of its tasks is, and its journal, for a person to read. */
export async function runPage(node: IpvmNode, run: RunRecord, call: Call): Promise<string> {
  const { workflow, name = 'unnamed', at } = run
  const status = await statusOf(node, run, call)
  const requests = (await node.store.requests()).filter(request => request.run.equals(run.run))
  const head = table([
    ['workflow', `${workflow} ${printable(name)}`],
    ['submitted', new Date(at * 1000).toISOString()],
    ['state', status ? conditionText(status, { call }) : stateText(run)],
    ...requests.map(request => ['asked', requestText(request)] as const),
  ])
  const context = { now: Date.now(), call, agentName: await agentNames(node) }
  const tasks = status ? statusRows(run, status, context) : settledRows(run)
  return [`Run ${run.run}`, head, 'Tasks', table(tasks), 'Journal', journalText(await journalOf(node, run))].join('\n')
}

/** The same for programs. */
export async function runValue(node: IpvmNode, run: RunRecord, call: Call): Promise<ValueMap> {
  const { workflow, name, at, end, settled, seq, suspended, cancelling } = run
  const status = await statusOf(node, run, call)
  const journal = await journalOf(node, run)
  return {
    ...{ workflow, name: name ?? null, at, end: end ?? null, seq, suspended, cancelling },
    state: status?.condition ?? stateText(run),
    settled: settled.map(task => ({ ...task })),
    ...(status && { tasks: status.tasks.map(statusValue) }),
    journal: journal.map(entryValue),
  }
}

async function statusOf(node: IpvmNode, { run }: RunRecord, call: Call): Promise<RunStatus | undefined> {
  const status = await node.runtime.status(run, executorOf(call))
  return 'ok' in status ? status.ok : undefined
}

function journalOf({ store }: IpvmNode, { run }: RunRecord): Promise<readonly JournalEntry[]> {
  return store.journal(run)
}

type Rows = readonly (readonly [string, string])[]

function statusRows({ run, settled, end }: RunRecord, { tasks }: RunStatus, context: StatusContext): Rows {
  const took = new Map(settled.map(({ label, milliseconds }) => [label, milliseconds]))
  const rows = tasks.slice(0, shownMax).flatMap((task): Rows => {
    const isOver = end !== undefined && task.state !== 'settled'
    const [first = '', ...more] = isOver ? [overText(task)] : taskLines(run, task, context)
    const milliseconds = took.get(task.label)
    const text = task.state === 'settled' && milliseconds !== undefined ? `${first}, ${duration(milliseconds)}` : first
    return [[printable(task.label), text], ...more.map(line => ['', line] as const)]
  })
  return tasks.length > shownMax ? [...rows, ['…', `${tasks.length - shownMax} more; --json has them all`]] : rows
}

/** A task of which the run has no outcome, and will have none: it was cancelled, or left out since it comes of a secret. */
function overText({ state }: TaskStatus): string {
  return state === 'asked' || state === 'unknown'
    ? 'may have happened or not; nothing is known here'
    : 'nothing is known here'
}

/** Of a workflow that cannot be read any more, what was settled. */
function settledRows({ settled }: RunRecord): Rows {
  return settled.slice(0, shownMax).map(({ label, how, receipt, milliseconds }) => {
    return [printable(label), `${how}, receipt ${receipt}, ${duration(milliseconds)}`] as const
  })
}

function journalText(journal: readonly JournalEntry[]): string {
  const hidden = journal.length - shownMax
  const lines = journal.slice(-shownMax).map(entryText)
  return [...(hidden > 0 ? [`  … ${hidden} entries before; --json has them all`] : []), ...lines].join('\n')
}
