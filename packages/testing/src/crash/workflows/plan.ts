import { readFileSync } from 'node:fs'
import type { ValueMap } from '@ipvm/ipld'
import { workflow, type AddTask, type Argument, type TaskHandle } from '@ipvm/workflow'
import type { Fault } from '../server/arrival.ts'
import type { Draw } from '../draw.ts'

/** What a task of a test workflow is to the counting server, or to the node's own key-value map. */
export type TaskKind = 'pure' | 'value' | 'keyed' | 'once' | 'probed' | 'put'

/** How a task is bound to end, whoever is killed meanwhile. */
export type Ending = 'ok' | 'failed' | 'skipped'

/** A task of a test workflow. */
export interface PlannedTask {
  readonly label: string
  readonly kind: TaskKind
  /** What it is called at the counting server, or the key that it puts; empty for a pure task. */
  readonly id: string
  readonly faults: readonly Fault[]
  /** Absent where it depends on when something was killed. */
  readonly ends?: Ending
}

/**
 * What a test workflow is bound to come to: all is done; it fails before anything may be sent; or it fails after that, and
 * what was done is undone.
 */
export type Fate = 'done' | 'doomed' | 'undone'

/** A test workflow, and what has to become of it. */
export interface PlannedWorkflow {
  readonly draft: ValueMap
  readonly tasks: ReadonlyMap<string, PlannedTask>
  readonly fate: Fate
}

/** How an effect of a test workflow is to go. */
export interface EffectPlan {
  readonly send?: Argument
  readonly faults?: readonly Fault[]
  readonly ends?: Ending | 'either'
  readonly meta?: ValueMap
  readonly nonce?: Uint8Array
  /** Its name at the counting server, where that is not its own. */
  readonly id?: string
}

/** `add-one`: a number plus one. */
const addOne = readFileSync(new URL('../../../../../guests/add/add.wasm', import.meta.url))

const effectOf = { value: '/test/value', keyed: '/test/keyed', once: '/test/once', probed: '/test/probed' } as const

/** Adds tasks to a test workflow, with labels of their own, and notes what has to become of each. */
export class Plan {
  readonly draw: Draw
  readonly fate: Fate
  readonly tasks = new Map<string, PlannedTask>()
  readonly #scope: string
  readonly #task: AddTask

  /** @param scope what the workflow's names at the counting server begin with */
  constructor(scope: string, { draw, fate }: Pick<Plan, 'draw' | 'fate'>, task: AddTask) {
    this.#scope = scope
    this.draw = draw
    this.fate = fate
    this.#task = task
  }

  value(plan: EffectPlan = {}): TaskHandle {
    return this.#effect('value', plan)
  }

  keyed(plan: EffectPlan = {}): TaskHandle {
    return this.#effect('keyed', plan)
  }

  once(plan: EffectPlan = {}): TaskHandle {
    return this.#effect('once', plan)
  }

  probed(plan: EffectPlan = {}): TaskHandle {
    return this.#effect('probed', plan)
  }

  add(terms: readonly Argument[], ends: Ending = 'ok'): TaskHandle {
    return this.#pure('/test/add', { terms }, ends)
  }

  /** Puts a value into the node's own map, under a key of this workflow. */
  put(value: Argument): TaskHandle {
    const [label, id] = [this.nextLabel, `${this.#scope}/put`]
    this.tasks.set(label, { label, kind: 'put', id, faults: [], ends: 'ok' })
    return this.#task(label, { cmd: '/kv/put', args: { key: id, value } })
  }

  /** Runs a guest: one more than a number. */
  addOne(number: Argument): TaskHandle {
    const label = this.nextLabel
    this.tasks.set(label, { label, kind: 'pure', id: '', faults: [], ends: 'ok' })
    return this.#task(label, { mod: new Uint8Array(addOne), fun: 'add-one', params: [number] })
  }

  fail(): TaskHandle {
    return this.#pure('/test/fail', { in: this.#scope }, 'failed')
  }

  /** The label that the next task gets. */
  get nextLabel(): string {
    return `t${this.tasks.size}`
  }

  #pure(cmd: '/test/add' | '/test/fail', args: { readonly [key: string]: Argument }, ends: Ending): TaskHandle {
    const label = this.nextLabel
    this.tasks.set(label, { label, kind: 'pure', id: '', faults: [], ends })
    return this.#task(label, { cmd, args })
  }

  #effect(kind: keyof typeof effectOf, plan: EffectPlan): TaskHandle {
    const { send, faults = [], ends = 'ok', meta, nonce } = plan
    const label = this.nextLabel
    const { id = `${this.#scope}/${label}` } = plan
    this.tasks.set(label, { label, kind, id, faults, ...(ends !== 'either' && { ends }) })
    const args = { id, faults: [...faults], ...(send !== undefined && { send }) }
    return this.#task(label, { cmd: effectOf[kind], args, ...(meta && { meta }), ...(nonce && { nonce }) })
  }
}

/** Short waits, so that a test of many crashes takes no longer than it has to. */
const defaults = { time: [5, 'seconds'], retry: { max: 8, backoff: [10, 'milliseconds'], factor: 2 } }

/** Builds a test workflow, whose names at the counting server begin with `scope`. */
export function planWorkflow(
  scope: string,
  given: Pick<Plan, 'draw' | 'fate'>,
  define: (plan: Plan) => void,
): PlannedWorkflow {
  let tasks: ReadonlyMap<string, PlannedTask> = new Map()
  const build = ({ task }: { readonly task: AddTask }) => {
    const plan = new Plan(scope, given, task)
    define(plan)
    tasks = plan.tasks
  }
  return { draft: workflow(scope, build, { defaults }), tasks, fate: given.fate }
}
