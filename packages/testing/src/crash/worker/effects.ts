import type { Value } from '@ipvm/ipld'
import type { Effect, EffectContext, EffectOutcome } from '@ipvm/runtime'
import type { Command } from '@ipvm/ucan'

/** What every effect on the counting server takes. */
export interface EffectArgs {
  readonly id: string
  readonly faults: readonly Value[]
  readonly send: number
}

const schema: Effect<EffectArgs>['args'] = {
  '~standard': {
    version: 1,
    vendor: 'ipvm',
    validate: value => {
      if (!isArgs(value)) return { issues: [{ message: 'expected {id: text, faults?: list, send?: number}' }] }
      const { id, faults = [], send = 0 } = value
      return { value: { id, faults, send } }
    },
  },
}

function isArgs(value: unknown): value is Partial<EffectArgs> & { readonly id: string } {
  if (typeof value !== 'object' || value === null) return false
  const { id, faults = [], send = 0 } = Object.fromEntries(Object.entries(value))
  return typeof id === 'string' && Array.isArray(faults) && typeof send === 'number'
}

interface Traits {
  readonly cmd: Command
  readonly class: Effect['class']
  readonly idempotent: boolean
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
}

const value: Traits = { cmd: '/test/value', class: 'query', idempotent: false, method: 'GET', path: 'value' }
const keyed: Traits = { cmd: '/test/keyed', class: 'mutation', idempotent: true, method: 'PUT', path: 'keyed' }
const once: Traits = { cmd: '/test/once', class: 'mutation', idempotent: false, method: 'POST', path: 'once' }
const probed: Traits = { ...once, cmd: '/test/probed' }

/**
 * Effects on a counting server: `/test/value` asks, `/test/keyed` is done once under its key, `/test/once` is done as often
 * as it arrives, and so is `/test/probed`, of which one can ask whether it was.
 */
export function testEffects(server: string): readonly Effect<EffectArgs>[] {
  const call =
    ({ method, path }: Traits) =>
    ({ id, faults, send }: EffectArgs, { key, signal }: EffectContext): Promise<EffectOutcome> =>
      request(`${server}/${path}/${id}?faults=${faults.join(',')}`, {
        method,
        signal,
        ...(method !== 'GET' && { body: String(send), headers: { 'idempotency-key': key } }),
      })
  const effect = (traits: Traits): Effect<EffectArgs> => {
    const { cmd, class: kind, idempotent } = traits
    return { cmd, class: kind, idempotent, parallel: 8, secret: false, args: schema, run: call(traits) }
  }
  const probe = async ({ id }: EffectArgs, { signal }: EffectContext): Promise<EffectOutcome> => {
    const outcome = await request(`${server}/once/${id}`, { method: 'GET', signal })
    return 'ok' in outcome && outcome.ok === null ? failed('NotDone', 'it did not arrive', 'again') : outcome
  }
  return [effect(value), effect(keyed), effect(once), { ...effect(probed), probe }]
}

async function request(url: string, init: RequestInit): Promise<EffectOutcome> {
  try {
    const response = await fetch(url, init)
    if (response.status === 409) return failed('Refused', 'the server refused', 'final')
    if (response.status === 503) return failed('Busy', 'the server is busy', 'again')
    const answer: unknown = await response.json()
    return typeof answer === 'number' || answer === null
      ? { ok: answer }
      : failed('Garbled', 'the server did not answer with a number', 'unknown')
  } catch (thrown) {
    return failed('NoAnswer', String(thrown), 'unknown')
  }
}

function failed(name: string, message: string, verdict: 'final' | 'again' | 'unknown'): EffectOutcome {
  return { error: { name, message }, verdict }
}
