import { cidKey, encode, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import type { Effect, EffectContext, EffectOutcome } from '@ipvm/runtime'
import type { Command } from '@ipvm/ucan'
import { ask, conductOf } from './conduct.ts'
import { Crowd, pause, type Host } from './host.ts'
import type { Services } from './services.ts'

/** One call of an effect. */
export interface Call {
  readonly cmd: Command
  readonly args: ValueMap
  readonly context: EffectContext
}

/** Sees what is asked of the world, and what comes of it. */
export interface Witness {
  /** Before anything is done. */
  called(call: Call): void
  answered(call: Call, outcome: EffectOutcome): void
  /** The world was asked whether it was done. */
  probed(call: Call, outcome: EffectOutcome): void
}

/** What the effects are made of. */
export interface EffectParts {
  readonly host: Host
  readonly services: Services
  readonly witness: Witness
}

/** The effects of a simulated node: one of each kind, and of each with what it may be. */
export function simulatedEffects(parts: EffectParts): readonly Effect[] {
  const { keyed, source } = parts.services
  const query = { class: 'query', idempotent: false, parallel: 8 } as const
  const mutation = { class: 'mutation', idempotent: false, secret: false, parallel: 4 } as const
  const number = () => source.ask()
  return [
    effect(parts, { ...query, cmd: '/sim/read', secret: false, arrival: () => number }),
    effect(parts, { ...query, cmd: '/sim/vault', secret: true, arrival: () => number }),
    effect(parts, {
      ...mutation,
      cmd: '/sim/put',
      idempotent: true,
      arrival:
        ({ context }) =>
        () =>
          keyed.do(context.key),
    }),
    effect(parts, { ...mutation, cmd: '/sim/post', arrival: counted }),
    effect(parts, { ...mutation, cmd: '/sim/pay', arrival: counted, probe: call => recount(parts, call) }),
    keeping(parts),
  ]

  /** What comes of a request when it arrives, made when it leaves. */
  function counted({ context }: Call): () => Value {
    return parts.services.counting.request(cidKey(context.task))
  }
}

type Traits = Pick<Effect, 'cmd' | 'class' | 'idempotent' | 'parallel' | 'secret'>

interface Deed extends Traits {
  readonly arrival: (call: Call) => () => Value
  readonly probe?: (call: Call) => Promise<EffectOutcome>
}

function effect(parts: EffectParts, { arrival, probe, ...traits }: Deed): Effect {
  const { host } = parts
  const run = (call: Call) => ask(host, conductOf(host), arrival(call), call.context.signal)
  return witnessed(parts, traits, run, probe)
}

/** An effect whose every call is seen. */
function witnessed(
  { host, witness }: EffectParts,
  traits: Traits,
  run: (call: Call) => Promise<EffectOutcome>,
  probe?: (call: Call) => Promise<EffectOutcome>,
): Effect {
  const { cmd } = traits
  const crowd = new Crowd(host, cmd, traits.parallel)
  const callOf = (args: unknown, context: EffectContext): Call => ({ cmd, args: isMap(args) ? args : {}, context })
  return {
    ...traits,
    args: { '~standard': { version: 1, vendor: 'simulation', validate: checkArgs } },
    run: host.life.bound(async (args: unknown, context: EffectContext) => {
      const call = callOf(args, context)
      witness.called(call)
      const leave = crowd.enter(context.signal)
      try {
        const outcome = await run(call)
        witness.answered(call, outcome)
        return outcome
      } finally {
        leave()
      }
    }),
    ...(probe && {
      probe: host.life.bound(async (args: unknown, context: EffectContext) => {
        const call = callOf(args, context)
        const outcome = await probe(call)
        host.coverage.count('probes')
        witness.probed(call, outcome)
        return outcome
      }),
    }),
  }
}

/** Asks the counting service whether it did it; what it says of that it keeps to. */
async function recount({ host, services }: EffectParts, { context }: Call): Promise<EffectOutcome> {
  await pause(host, host.random.around(15), context.signal)
  if (host.random.chance(host.trouble.rate / 2)) throw new Error('the connection broke')
  const times = services.counting.settle(cidKey(context.task))
  if (times > 0) return { ok: { times } }
  return { error: { name: 'NotDone', message: 'it was not done' }, verdict: 'again' }
}

/** A mutation of the store of the node itself, which is there together with its receipt, or neither is. */
function keeping(parts: EffectParts): Effect {
  const { host } = parts
  const traits: Traits = { cmd: '/sim/keep', class: 'mutation', idempotent: false, secret: false, parallel: 1 }
  const effect = witnessed(parts, traits, async ({ args, context }) => {
    const conduct = conductOf(host)
    // What is not written together with a receipt is not done, so that no answer may come late, either.
    const isLost = conduct === 'lateAfter'
    if (conduct !== 'answers') return ask(host, isLost ? 'silent' : conduct, () => null, context.signal)
    const key = keptKey(args, context.key)
    const version = (await context.store.kvVersion(key)) + 1
    await pause(host, host.random.around(5), context.signal)
    return { ok: version, change: { kv: [{ key, value: encode(args.n ?? null), version }] } }
  })
  return { ...effect, local: true }
}

/** Where a mutation of the node's own store keeps something. */
export function keptKey({ id }: ValueMap, key: string): string {
  return `kept/${String(id)}/${key}`
}

function checkArgs(value: unknown): { value: unknown } | { issues: readonly { message: string }[] } {
  return isMap(value) && typeof value.id === 'string' ? { value } : { issues: [{ message: 'expected {id, n}' }] }
}
