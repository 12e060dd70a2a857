import { encode, type Value } from '@ipvm/ipld'
import { defineEffect, type Effect, type EffectOutcome } from '@ipvm/runtime'
import type { Command } from '@ipvm/ucan'
import * as v from 'valibot'

/** The commands that nobody may have done but by what is granted for one attempt. */
export const deedCommands: readonly Command[] = ['/deed/post', '/deed/put', '/deed/keep', '/deed/ask']

/** What was done in the world outside, by the ids of those who wanted it done. */
export class Deeds {
  readonly #times = new Map<string, number>()
  /** How the next calls go, by ids; well, where nothing is said. */
  readonly outcomes = new Map<string, EffectOutcome[]>()
  /** What happens while somebody asks, by the names of gates. */
  readonly gates = new Map<string, () => Promise<void>>()

  /** How often the deed of an id was done. */
  times(id: string): number {
    return this.#times.get(id) ?? 0
  }

  call(id: string): EffectOutcome {
    this.#times.set(id, this.times(id) + 1)
    return this.outcomes.get(id)?.shift() ?? { ok: this.times(id) }
  }
}

const id = v.string()
const value = v.custom<Value>(given => given !== undefined, 'expected a value')
const more = { n: v.optional(value), to: v.optional(value), list: v.optional(value) }

/** Effects that count: deeds, and what everybody may have done. */
export function deedEffects(deeds: Deeds): readonly Effect[] {
  const deed = { args: v.strictObject({ id, ...more }) }
  const run = async (args: { id: string }) => deeds.call(args.id)
  return [
    defineEffect({ cmd: '/deed/post', class: 'mutation', ...deed, run }),
    defineEffect({ cmd: '/deed/put', class: 'mutation', idempotent: true, ...deed, run }),
    defineEffect({ cmd: '/deed/ask', class: 'query', ...deed, run }),
    defineEffect({ cmd: '/deed/keep', class: 'mutation', idempotent: true, local: true, ...deed, run: keep(deeds) }),
    defineEffect({ cmd: '/free/tell', class: 'query', ...tell(deeds) }),
    defineEffect({
      cmd: '/free/post',
      class: 'mutation',
      args: v.strictObject({ id, after: v.optional(value) }),
      run: async args => deeds.outcomes.get(args.id)?.shift() ?? { ok: null },
    }),
  ]
}

/** Of the node's own store: what counts is what is written. */
function keep(deeds: Deeds): Effect<{ id: string }>['run'] {
  return async (args, { store }) => {
    const called = deeds.call(args.id)
    if ('error' in called) return called
    const key = `deed ${args.id}`
    const version = (await store.kvVersion(key)) + 1
    return { ok: version, change: { kv: [{ key, value: encode(args.id), version }] } }
  }
}

/** Gives what it is told; something may happen meanwhile. */
function tell(deeds: Deeds) {
  const args = v.strictObject({ value, gate: v.optional(v.string()) })
  const run = async (given: { value: Value; gate?: string | undefined }): Promise<EffectOutcome> => {
    if (given.gate !== undefined) await deeds.gates.get(given.gate)?.()
    return { ok: given.value }
  }
  return { args, run }
}
