import { readFile, type CID, type ValueMap } from '@ipvm/ipld'
import type { Task } from '@ipvm/ucan'
import type { Cause } from '@ipvm/store'
import type { TaskConfig } from '@ipvm/workflow'
import type { Engine } from '../engine/engine.ts'
import { hiddenMessage } from '../secret/seal.ts'
import { onAbort } from '../world/on-abort.ts'
import type { Turn } from '../engine/lanes.ts'
import { storedEvent } from '../event/stored.ts'
import { readArguments } from './arguments.ts'
import type { Effect, EffectContext, EffectOutcome } from './effect.ts'

/** A task of an effect whose promises were replaced by values. */
export interface ReadyEffect {
  readonly run: CID
  /** The block of what happened, that the run is for. */
  readonly event: CID | undefined
  readonly label: string
  readonly effect: Effect
  /** The name in this run, promises in place. */
  readonly asked: CID
  /** The name with values in place of promises: what a mutation is done once under. */
  readonly resolved: CID
  readonly task: Task
  /** Its arguments with secrets opened. */
  readonly opened: ValueMap
  readonly from: readonly CID[]
  readonly config: TaskConfig
  readonly secret: boolean
  /** Whether a value of a secret is among its arguments, also where what it gives is none. */
  readonly holdsSecret: boolean
  readonly turn: Turn
  /** Why it may not be done now; nothing where it may. */
  refuses(): Promise<Cause | undefined>
}

/** Why an attempt is not made: between two of them, or in line, a delegation may end or be taken back. */
export async function refusalOf(ready: ReadyEffect): Promise<FailedAttempt | undefined> {
  const refusal = await ready.refuses()
  return refusal && { error: { name: refusal.name, message: refusal.message }, verdict: 'final' }
}

/** A mutation that is done once under its key with these arguments, though not with all, is one that is idempotent. */
export async function withItsKey(ready: ReadyEffect): Promise<ReadyEffect> {
  const { effect, task } = ready
  if (effect.idempotent || !effect.honoursKey) return ready
  const args = await readArguments(effect, task.args)
  return 'ok' in args && effect.honoursKey(args.ok) ? { ...ready, effect: { ...effect, idempotent: true } } : ready
}

type FailedAttempt = Exclude<EffectOutcome, { ok: unknown }>

/** Why an attempt failed, as the journal has it; what the world says of a secret may tell the secret. */
export function causeOf(
  { secret, holdsSecret }: Pick<ReadyEffect, 'secret' | 'holdsSecret'>,
  { name, message }: Cause,
): Cause {
  return { name, message: secret || holdsSecret ? hiddenMessage : message }
}

/** Whether an outcome may be kept in the clear though the task is secret. */
export function tellsNothing({ effect, holdsSecret }: ReadyEffect, outcome: Partial<EffectOutcome>): boolean {
  return effect.taints === true && !holdsSecret && 'isOpen' in outcome && outcome.isOpen === true
}

/**
 * Makes one attempt, or asks about the last one. What throws, or does not answer in time, may have been done. Rejects when
 * `signal` aborts, which a mutation is not given.
 */
export async function attempt(
  engine: Engine,
  ready: ReadyEffect,
  number: number,
  signal: AbortSignal,
  how: 'run' | 'probe' = 'run',
): Promise<EffectOutcome> {
  const { effect, opened, config } = ready
  const args = await readArguments(effect, opened)
  if ('error' in args) return { error: { ...args.error }, verdict: 'final' }
  const over = new AbortController()
  const context = contextOf(engine, ready, number, AbortSignal.any([signal, over.signal]))
  const late = Promise.withResolvers<EffectOutcome>()
  const cancel = engine.world.after(config.time, () => late.resolve(timeLimit(config.time)))
  const stay = onAbort(signal, () => late.reject(signal.reason))
  try {
    signal.throwIfAborted()
    const work = how === 'probe' && effect.probe ? effect.probe(args.ok, context) : effect.run(args.ok, context)
    return await Promise.race([work.catch(thrownOutcome), late.promise])
  } finally {
    cancel()
    stay()
    over.abort(attemptOver)
  }
}

function contextOf({ store }: Engine, ready: ReadyEffect, number: number, signal: AbortSignal): EffectContext {
  const { event } = ready
  return {
    key: hexOf(ready.resolved.multihash.digest),
    run: ready.run,
    ...(event && { event: () => storedEvent(event, store) }),
    task: ready.resolved,
    attempt: number,
    config: ready.config,
    signal,
    store,
    loadFile: cid => readFile(cid, c => store.block(c)),
  }
}

/** Made once: an error notes where it was made, which takes longer than many an attempt. */
const attemptOver = new DOMException('the attempt is over', 'AbortError')

function timeLimit(time: number): EffectOutcome {
  const message = `it did not answer within ${time / 1000} s; raise "time" in its config, or look at what it calls`
  return { error: { name: 'TimeLimit', message }, verdict: 'unknown' }
}

function thrownOutcome(thrown: unknown): EffectOutcome {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { error: { name: 'EffectFailed', message }, verdict: 'unknown' }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
