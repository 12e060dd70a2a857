import { cidKey, type CID } from '@ipvm/ipld'
import type { Cause, Intent, JournalEntry, RunEnd, RunState, Settlement } from '@ipvm/store'
import { joinLabel, type Layout, type PlacedTask } from '@ipvm/workflow'
import { isBeforeRelease } from '../run/release.ts'
import { journalState, type JournalState } from './journal-state.ts'

/**
 * Where a task of a run is. Whatever is not settled has a moment at which it goes on, or a reason for which it does not,
 * which in the end is a task that has one, or a person.
 */
export type TaskState =
  | { readonly state: 'settled'; readonly how: Settlement; readonly receipt: CID }
  /** Its turn is next; it is in line, or under way, as only the process knows that runs it. */
  | { readonly state: 'ready' }
  | { readonly state: 'queued'; readonly reason: string }
  | { readonly state: 'running' }
  /** A mutation was asked for, and its outcome is not written down. */
  | { readonly state: 'asked'; readonly attempt: number; readonly since: number }
  | { readonly state: 'awaiting'; readonly labels: readonly string[] }
  /** It awaits a task of another workflow, and fails at `until`, milliseconds since 1970. */
  | { readonly state: 'waiting'; readonly target: CID; readonly until: number }
  /** The agent that is to do it does not answer; it is given up at `until`, milliseconds since 1970. */
  | { readonly state: 'away'; readonly agent: string; readonly cause: Cause; readonly until: number }
  | { readonly state: 'retrying'; readonly attempt: number; readonly cause: Cause; readonly due: number }
  /** A mutation goes only once these are settled, and none of them failed. */
  | { readonly state: 'held'; readonly labels: readonly string[] }
  /** It may have happened or not: a person says `retry` or `settle`. */
  | { readonly state: 'unknown'; readonly cause: Cause }
  /** It runs only when it is called upon. */
  | { readonly state: 'standby' }

/** A task of a run, and where it is. */
export type TaskStatus = TaskState & { readonly label: string; readonly task: PlacedTask }

/**
 * Where a run is. `queued`: accepted, and there is nobody yet who runs it; `parked`: all that is left is a person's to say;
 * `cut off`: nobody runs it, though it should be.
 */
export type RunCondition = 'queued' | 'running' | 'suspended' | 'cancelling' | 'parked' | 'cut off' | RunEnd

/** A run, and where each of its tasks is. */
export interface RunStatus {
  readonly run: CID
  readonly condition: RunCondition
  /** The process that runs it, where one does. */
  readonly executor?: string
  /** Whether its mutations may be asked for. */
  readonly released: boolean
  /** In the order of the layout. */
  readonly tasks: readonly TaskStatus[]
}

/** What a status is told from: all of it is in the store, but for `executor` and `live`. */
export interface StatusParts {
  readonly run: RunState
  readonly layout: Layout
  /** The whole journal of the run. */
  readonly journal: readonly JournalEntry[]
  readonly intents: readonly Intent[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Who has the claim of the store. */
  readonly executor?: string | undefined
  /** What only the process knows that runs it. */
  readonly live?: LiveTasks
}

/** Tasks that are under way, or in line and why, by their labels. */
export interface LiveTasks {
  readonly running: ReadonlySet<string>
  readonly queued: ReadonlyMap<string, string>
}

/** Where a run and each of its tasks is, as the journal tells; any process can ask this of any run. */
export function statusOf(parts: StatusParts): RunStatus {
  const { run, layout, journal, intents } = parts
  const state = journalState(journal, layout)
  const executor = executorOf(run, state, parts.executor)
  const asked = new Map(intents.filter(intent => intent.run.equals(run.run)).map(intent => [intent.label, intent]))
  const blocking = state.released ? [] : blockingRelease(layout, state)
  const firsts = firstLabels(layout)
  const tasks = layout.tasks.map(task => {
    const { label = task.label } = firsts.get(nameOfWork(task)) ?? {}
    return { label: task.label, task, ...taskState(task, { ...parts, state, asked, blocking, told: label }) }
  })
  return {
    run: run.run,
    condition: conditionOf(run, tasks, state, executor),
    ...(executor !== undefined && run.end === undefined && { executor }),
    released: state.released,
    tasks,
  }
}

/**
 * Who runs it: whoever has the claim, but for a run that another process had begun with. Who has the claim goes on with that
 * only when it is asked to.
 */
function executorOf({ owner }: RunState, { begun }: JournalState, claimant: string | undefined): string | undefined {
  return begun && claimant !== owner ? undefined : claimant
}

/** Labels whose tasks have one name are one task, but for mutations; what happens to it is told of the first of them. */
function firstLabels({ tasks }: Layout): ReadonlyMap<string, PlacedTask> {
  return new Map(tasks.toReversed().map(task => [nameOfWork(task), task]))
}

function nameOfWork({ class: effect, label, name, spawned }: PlacedTask): string {
  // What is asked for at once is as a document of its own.
  return effect === 'mutation' ? `mutation ${label}` : `${cidKey(name)} ${spawned?.asker ?? ''}`
}

interface TaskParts extends StatusParts {
  /** The label that the journal tells of it under, until it is settled. */
  readonly told: string
  readonly state: JournalState
  readonly asked: ReadonlyMap<string, Intent>
  /** The labels that keep the mutations from being released. */
  readonly blocking: readonly string[]
}

function taskState(task: PlacedTask, parts: TaskParts): TaskState {
  const { state, asked, live, now, told } = parts
  const last = state.tasks.get(task.label) ?? state.tasks.get(told)
  if (last?.type === 'settled') return { state: 'settled', how: last.how, receipt: last.receipt }
  if (last?.type === 'spawned') return { state: 'awaiting', labels: [joinLabel(task)] }
  if (last?.type === 'unknown') return { state: 'unknown', cause: last.cause }
  if (live?.running.has(told)) return { state: 'running' }
  if (last?.type === 'retrying' && last.due > now) {
    return { state: 'retrying', attempt: last.attempt, cause: last.cause, due: last.due }
  }
  if (last?.type === 'away') return { state: 'away', agent: last.agent, cause: last.cause, until: last.until }
  const intent = asked.get(told)
  if (intent) return { state: 'asked', attempt: intent.attempt, since: intent.at }
  if (last?.type === 'waiting' && last.until > now) return { state: 'waiting', target: last.target, until: last.until }
  return untouched(task, last !== undefined, parts)
}

/** The state of a task of which the journal has nothing that is still so. */
function untouched(task: PlacedTask, begun: boolean, { layout, state, blocking, live, told }: TaskParts): TaskState {
  if (task.standby && !begun) return { state: 'standby' }
  const labels = task.awaits.flatMap(place => {
    const label = layout.tasks[place]?.label
    return label === undefined || isSettled(label, state) ? [] : [label]
  })
  if (labels.length > 0) return { state: 'awaiting', labels: [...new Set(labels)] }
  if (task.class === 'mutation' && blocking.length > 0) return { state: 'held', labels: blocking }
  const reason = live?.queued.get(told)
  return reason === undefined ? { state: 'ready' } : { state: 'queued', reason }
}

/** What has to be settled before the mutations go: all that is none, and comes after none (design § 4, release). */
function blockingRelease({ tasks }: Layout, state: JournalState): readonly string[] {
  return tasks
    .filter(task => isBeforeRelease(task) && !task.standby)
    .map(({ label }) => label)
    .filter(label => !isSettled(label, state))
}

function isSettled(label: string, { tasks }: JournalState): boolean {
  return tasks.get(label)?.type === 'settled'
}

function conditionOf(
  run: RunState,
  tasks: readonly TaskStatus[],
  { begun }: JournalState,
  executor: string | undefined,
): RunCondition {
  if (run.end !== undefined) return run.end
  if (run.suspended) return 'suspended'
  if (isParked(tasks)) return 'parked'
  if (executor === undefined) return begun ? 'cut off' : 'queued'
  return run.cancelling ? 'cancelling' : 'running'
}

/** The states of tasks that go on by themselves. */
const going = ['ready', 'queued', 'running', 'asked', 'waiting', 'away', 'retrying'] as const

/** Whether nothing can go on before a person says how an unknown mutation ended. */
function isParked(tasks: readonly TaskStatus[]): boolean {
  const states = new Set(tasks.map(({ state }) => state))
  return states.has('unknown') && !going.some(state => states.has(state))
}

/**
 * The tasks of an open run that would wait forever without a reason: none, unless the runtime is wrong. Each task that
 * awaits others, or is held for them, has to come to one in the end that goes on by itself, at a moment, or by a person.
 */
export function stuckTasks({ tasks }: RunStatus): readonly TaskStatus[] {
  const sound = new Set<string>()
  const goesOn = (status: TaskStatus) => !('labels' in status) || status.labels.every(label => sound.has(label))
  const note = (some: readonly TaskStatus[]) => {
    for (const status of some) if (goesOn(status)) sound.add(status.label)
  }
  // The layout has each after all that it awaits; all that is held is so for the same tasks, which await no mutation.
  const [held, rest] = [tasks.filter(isHeld), tasks.filter(status => !isHeld(status))]
  note(rest.filter(({ task }) => !task.afterMutation))
  if (held.slice(0, 1).every(goesOn)) for (const { label } of held) sound.add(label)
  note(rest)
  return tasks.filter(({ label, state }) => state !== 'settled' && !sound.has(label))
}

function isHeld({ state }: TaskStatus): boolean {
  return state === 'held'
}
