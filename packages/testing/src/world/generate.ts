import { isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { awaitValue, mapPromises, type Branch } from '@ipvm/ucan'
import { compile, workflowTag } from '@ipvm/workflow'
import { bob } from '../people.ts'
import { fingerprint, moduleOfFunctions, numbersEnd } from './functions.ts'
import { undoing } from './coverage.ts'
import { planTasks } from './graph.ts'
import { grants } from './growth.ts'
import { commandOf, mutations, type Intention, type Kind, type Plan } from './plan.ts'
import type { Random } from './random.ts'
import { refusalsOf } from './refusals.ts'
import type { Submitter } from './submitters.ts'

/** A task that is being written, before its labels become names. */
interface Draft extends Intention {
  readonly value: ValueMap
  /** Whether it is secret, or a value of a secret goes into it. */
  readonly tainted: boolean
}

/** What a workflow may await that is not its own, and share with others. */
export interface Surroundings {
  readonly random: Random
  readonly submitters: readonly Submitter[]
  /** Tasks of workflows that were written before, whenever they are submitted. */
  readonly foreign: CID[]
  /** Whether mutations may have a task that undoes them. */
  readonly undoes: boolean
}

/** Makes workflows of a seed with so many tasks together, each with what has to become of it. */
export async function generate(around: Surroundings, tasks: number): Promise<Plan[]> {
  const { random } = around
  const plans: Plan[] = []
  for (let left = tasks; left > 0; ) {
    const plan = await new Writer(plans.length, around).write()
    plans.push(plan)
    // What is refused comes to nothing.
    if (plan.refusals.length === 0) left -= plan.tasks.size
    for (const { kind, name, task, secret, standby } of plan.tasks.values()) {
      const isNamedAlike = kind === 'guest' || task.nonce.length > 0
      if (isNamedAlike && !secret && !standby && random.chance(0.2)) around.foreign.push(name)
    }
  }
  return plans
}

const kinds: Readonly<Record<Kind, number>> = { guest: 34, read: 12, vault: 3, put: 10, post: 11, pay: 10, keep: 6 }
const functions = { mix: 80, pair: 10, risky: 3, trap: 1 } as const
const branches = { ok: 84, error: 3, '*': 13 } as const

/** Writes one workflow, a task at a time. */
class Writer {
  readonly #number: number
  readonly #around: Surroundings
  readonly #random: Random
  readonly #drafts = new Map<string, Draft>()

  constructor(number: number, around: Surroundings) {
    this.#number = number
    this.#around = around
    this.#random = around.random
  }

  async write(): Promise<Plan> {
    const random = this.#random
    const submitter = random.pick(this.#around.submitters)
    const isDaring = random.chance(0.15)
    const size = random.chance(0.04) ? random.between(40, 80) : random.between(2, 24)
    while (this.#drafts.size < size) this.#add(submitter, isDaring)
    const handler = random.chance(0.2) ? this.#handler() : undefined
    const tasks = Object.fromEntries([...this.#drafts].map(([label, { value }]) => [label, value]))
    const document = {
      name: `w${this.#number}`,
      defaults: this.#config(),
      tasks,
      ...(handler !== undefined && { catch: { mod: moduleOfFunctions, fun: handler } }),
    }
    const compiled = await compile({ [workflowTag]: document })
    if ('error' in compiled) throw new Error(`a generated workflow compiles: ${compiled.error.message}`)
    const planned = planTasks(compiled.ok, this.#drafts)
    const refusals = refusalsOf(planned, submitter)
    const plan = { number: this.#number, compiled: compiled.ok, submitter, tasks: planned, refusals }
    return { ...plan, ...(handler !== undefined && { handler }) }
  }

  #add(submitter: Submitter, isDaring: boolean): void {
    const kind = this.#random.weighed(kinds)
    const label = `t${this.#drafts.size}`
    const value = this.#task(kind, label)
    const isAllowed = submitter.may(commandOf[kind], isMap(value.args) ? value.args : {}) !== false
    if (!isAllowed && !(isDaring && this.#random.chance(0.1))) return
    const secret = (kind === 'read' || kind === 'guest') && this.#random.chance(0.03)
    const standby = this.#random.chance(0.04)
    const compensate =
      this.#around.undoes && mutations.has(kind) && !standby && this.#random.chance(0.25)
        ? `${label}${undoing}`
        : undefined
    const meta = {
      ...(secret && { 'ipvm/config': { secret: true } }),
      ...(standby && { 'ipvm/standby': true }),
      ...(compensate !== undefined && { 'ipvm/compensate': compensate }),
    }
    const isPlain = Object.keys(meta).length === 0
    this.#drafts.set(label, {
      kind,
      secret,
      tainted: secret || this.#isTainted(value),
      standby,
      ...(compensate !== undefined && { compensate }),
      value: isPlain ? value : { ...value, meta },
    })
    if (compensate === undefined) return
    // What undoes a mutation mostly wants to know what it gave.
    const about = this.#random.chance(0.7) ? awaitValue({ branch: 'ok', target: label }) : 0
    const undo = { cmd: commandOf[kind], args: { id: this.#id(compensate), n: 1, about } }
    this.#drafts.set(compensate, { kind, standby: true, tainted: this.#isTainted(undo), value: undo })
  }

  #task(kind: Kind, label: string): ValueMap {
    const random = this.#random
    const cmd = commandOf[kind]
    if (kind === 'guest') {
      const drawn = random.weighed(functions)
      // Which of them ask for more is no draw, so that the worlds of a seed are as they were.
      const fun = drawn === 'mix' && fingerprint([this.#number, label]) % 8 === 0 ? 'grow' : drawn
      // Small numbers, so that workflows come to ask for the same, alone and at the end of the same chains.
      const params = Array.from({ length: random.between(1, 3) }, () =>
        random.chance(0.6) ? this.#promise('guest') : random.below(6),
      )
      return { cmd, args: { mod: moduleOfFunctions, fun, params } }
    }
    if (random.chance(0.05)) return this.#shared(kind)
    const n = random.chance(0.4) ? this.#promise(kind) : random.below(numbersEnd)
    const also = Array.from({ length: random.below(3) }, () => this.#promise(kind))
    return { cmd, args: { id: this.#id(label), n, also } }
  }

  /** An effect that several workflows ask for under one name: once ever, where it changes the world. */
  #shared(kind: Kind): ValueMap {
    const which = this.#random.below(4)
    const nonce = new Uint8Array(12).fill(which + 1)
    return { sub: bob.did, cmd: commandOf[kind], args: { id: `shared-${which}`, n: 7, also: [] }, nonce }
  }

  /** What went before it, one way or the other; or a task of another workflow; or a number, where there is nothing. */
  #promise(kind: Kind): Value {
    const random = this.#random
    const { foreign } = this.#around
    if (foreign.length > 0 && random.chance(0.03)) {
      return awaitValue({ branch: this.#branch(), target: random.pick(foreign) })
    }
    const takesSecrets = kind === 'guest' || kind === 'vault' || random.chance(0.01)
    const labels = [...this.#drafts.keys()].filter(label => {
      const draft = this.#drafts.get(label)
      return draft && !draft.standby && (takesSecrets || !draft.tainted)
    })
    const near = random.chance(0.6) ? labels.slice(-3) : labels
    if (near.length === 0) return random.below(6)
    return awaitValue({ branch: this.#branch(), target: random.pick(near) })
  }

  #branch(): Branch {
    return this.#random.weighed(branches)
  }

  #isTainted(value: Value): boolean {
    return labelsIn(value).some(label => this.#drafts.get(label)?.tainted)
  }

  #handler(): string {
    const labels = [...this.#drafts].filter(([, { compensate }]) => compensate === undefined).map(([label]) => label)
    return this.#random.chance(0.5) || labels.length === 0 ? 'rescue' : `rescue:${this.#random.pick(labels)}`
  }

  #config(): ValueMap {
    const random = this.#random
    const retry = { max: random.between(1, 4), backoff: [random.between(50, 400), 'milliseconds'], factor: 2 }
    return {
      retry,
      time: [random.between(1, 5), 'seconds'],
      wait: [random.between(1, 8), 'seconds'],
      priority: random.below(10),
      fx: grants,
    }
  }

  #id(label: string): string {
    return `w${this.#number}.${label}`
  }
}

function labelsIn(value: Value): string[] {
  const found: string[] = []
  mapPromises(value, isLabel, ({ target }) => {
    found.push(target)
    return null
  })
  return found
}

function isLabel(target: Value): target is string {
  return typeof target === 'string'
}
