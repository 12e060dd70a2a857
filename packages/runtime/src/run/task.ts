import { cidKey, setKey, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { awaitValue, isLink, mapPromises, taskName, type Receipt, type Task } from '@ipvm/ucan'
import type { Report, Settlement } from '@ipvm/store'
import type { PlacedTask } from '@ipvm/workflow'
import type { Did } from '@ipvm/varsig'
import type { Before } from '../effect/mutation.ts'
import type { Family } from '../spawn/family.ts'
import { nonceOf } from './nonce.ts'
import { onAbort } from '../world/on-abort.ts'

/** A receipt that other tasks await, and whether it holds beyond this run (design § Asked and resolved names). */
export interface Known {
  readonly receipt: Receipt
  readonly lasting: boolean
}

/** How a task was settled. */
export interface TaskSettled extends Known {
  readonly how: Settlement
  readonly milliseconds: number
  readonly report?: Report
  /** Of one that asks for others, and is not written down yet: when its receipt is on the disk. */
  readonly stored?: Promise<void>
}

/**
 * Where a task stands: it waits for others; it is being done; it is a mutation that is not released; nobody knows whether it
 * was done; or it is settled.
 */
export type Phase = 'waiting' | 'active' | 'held' | 'unknown' | 'settled'

/** Whether a task came to a good end, by itself or by its handler. */
export function hasSucceeded(how: Settlement): boolean {
  return how === 'ran' || how === 'reused' || how === 'caught'
}

/** What a task's function gave, and the tasks that it asked for. */
export interface Asked {
  readonly own: TaskSettled
  readonly children: readonly RunTask[]
  /** The one whose outcome is taken for that of the task. */
  readonly join?: RunTask
}

/** A task as another agent is asked for it, under its name there. */
export interface SentTask {
  readonly name: CID
  readonly task: Task
}

/** One task of a run. */
export class RunTask {
  readonly place: PlacedTask
  /** All labels that it has: pure tasks and queries of one name are one task. */
  readonly labels: string[]
  /** What is asked for in this run: an effect has a subject and a nonce. */
  readonly task: Task
  readonly name: CID
  readonly awaits: RunTask[] = []
  readonly dependents: RunTask[] = []
  /** What undoes it. */
  compensation: RunTask | undefined
  /** How many that it awaits are not settled. */
  pending = 0
  phase: Phase = 'waiting'
  /** Of one on standby: whether it is wanted. */
  called = false
  before: Before
  /** How it was settled; while its phase is another one, how it failed before its handler was asked. */
  settled: TaskSettled | undefined
  /** Of one that its function asked for others: its own result, and those. */
  asked: Asked | undefined
  /** Who asked for it; nobody, where it is in the document. */
  asker: RunTask | undefined
  /** What it, and those that come of it, may ask for together. */
  family: Family | undefined
  /**
   * Of a mutation that a task asked for: whether it may go. One of the document goes with all others, or by itself where it was
   * asked for before.
   */
  isReleased = false
  /** The entries of the journal that count for it are those after this one. */
  since = 0
  /** Of another agent's: the invocation that it is asked by, where one is stored. */
  signed: CID | undefined
  /** Of another agent's: when it is given up, milliseconds since 1970, where it was asked for before this node was started. */
  until: number | undefined
  /** Of another agent's: whether it is to be asked for anew, by another invocation. */
  isSignedAnew = false
  /** Of another agent's: what that is asked for, once it is. */
  sent: SentTask | undefined
  /** Of another agent's: whether it waits for the values of all that it awaits. */
  waitsForValues = false
  /** The task that its handler put in its place, and that it waits for. */
  standIn: RunTask | undefined
  readonly #onSettled: ((settled: TaskSettled) => void)[] = []

  /**
   * Whether all that it awaits is pure and of this workflow: then its result may be known by its asked name. What is another
   * workflow's may be a secret, which only shows when it is put in.
   */
  isPure = false

  constructor(place: PlacedTask, task: Task, name: CID) {
    this.place = place
    this.labels = [place.label]
    this.task = task
    this.name = name
  }

  get label(): string {
    return this.place.label
  }

  /** Whether it failed, and no branch handles that. */
  get isUnhandled(): boolean {
    return this.settled?.how === 'failed' && (!this.place.handled || this.isBoundCrossed)
  }

  /** Whether it failed since a bound was crossed that others share: that is a failure of the run, whoever awaits it. */
  get isBoundCrossed(): boolean {
    const { out, exp = null } = this.settled?.receipt ?? {}
    return out !== undefined && 'error' in out && out.error.name === 'FxExhausted' && exp !== null
  }

  settle(settled: TaskSettled): void {
    this.settled = settled
    this.phase = 'settled'
    for (const callback of this.#onSettled.splice(0)) callback(settled)
  }

  /** Rejects when `signal` aborts. `onOver` is called at once when the waiting is over, either way. */
  whenSettled(signal: AbortSignal, onOver: () => void): Promise<TaskSettled> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        onOver()
        reject(signal.reason)
      }
      if (signal.aborted) return leave()
      const stay = onAbort(signal, leave)
      this.#onSettled.push(settled => {
        // A mutation under way is settled after the abort, too; then this was over before.
        if (signal.aborted) return
        stay()
        onOver()
        resolve(settled)
      })
    })
  }
}

/** The tasks of a run in the order of their places, each wired to those that it awaits. Pure tasks and queries of one name are one. */
export function runTasks(places: readonly PlacedTask[], runNonce: Uint8Array, node: Did): RunTask[] {
  const byName = new Map<string, RunTask>()
  const names = new Map<string, CID>()
  const tasks: RunTask[] = []
  for (const place of places) {
    const key = cidKey(place.name)
    const same = place.class === 'mutation' ? undefined : byName.get(key)
    if (same) {
      same.labels.push(place.label)
      tasks.push(same)
      continue
    }
    const task = taskOfRun(place, runNonce, node, names)
    const own = new RunTask(place, task, task === place.task ? place.name : taskName(task))
    byName.set(key, own)
    if (!names.has(key)) names.set(key, own.name)
    tasks.push(own)
    const awaited = new Set(place.awaits.map(at => tasks[at]))
    for (const other of awaited) {
      if (!other) throw new Error('a layout has each task after those that it awaits')
      own.awaits.push(other)
      other.dependents.push(own)
    }
    own.pending = own.awaits.length
    own.isPure =
      place.class === 'pure' && !place.agent && place.foreign.length === 0 && own.awaits.every(({ isPure }) => isPure)
  }
  for (const [at, { compensate }] of places.entries()) {
    const task = tasks[at]
    if (task && compensate !== undefined) task.compensation = tasks[compensate]
  }
  return [...new Set(tasks)]
}

function taskOfRun(place: PlacedTask, runNonce: Uint8Array, node: Did, names: ReadonlyMap<string, CID>): Task {
  if (place.class === 'pure' && !place.agent) return place.task
  const { sub = node, cmd, args: written, nonce } = place.task
  const args = place.agent ? withNames(written, names) : written
  if (place.class === 'pure') return { sub, cmd, args, nonce }
  return { sub, cmd, args, nonce: nonce.length > 0 ? nonce : nonceOf(runNonce, place.label) }
}

/** What another agent is asked for awaits the tasks of this run, and not those of its document, which nobody else knows. */
function withNames(args: ValueMap, names: ReadonlyMap<string, CID>): ValueMap {
  const named: Record<string, Value> = {}
  for (const [key, value] of Object.entries(args)) {
    const put = mapPromises(value, isLink, ({ branch, target }) =>
      awaitValue({ branch, target: names.get(cidKey(target)) ?? target }),
    )
    setKey(named, key, put)
  }
  return named
}
