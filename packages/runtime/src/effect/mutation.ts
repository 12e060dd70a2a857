import { blockOf, cidKey, type CID } from '@ipvm/ipld'
import { taskValue, type Outcome, type Receipt } from '@ipvm/ucan'
import type { Cause, Change, Intent, JournalEvent } from '@ipvm/store'
import type { RunJournal } from '../journal/run-journal.ts'
import { knownEffect, publish, sign, type Signed } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'
import { InFlight } from '../engine/in-flight.ts'
import { pauseAfter, pauseUntil, retriesExhausted, sleep } from '../engine/retry.ts'
import { attempt, causeOf, refusalOf, withItsKey, type ReadyEffect } from './attempt.ts'
import type { EffectOutcome } from './effect.ts'

/** The last that a run's journal has of an effect that is not settled; it decides how to go on with it. */
export type Before = Extract<JournalEvent, { type: 'intent' | 'retrying' | 'unknown' | 'reopened' }> | undefined

/** What a mutation came to: a receipt that is on the disk, or that nobody knows whether it was done. */
export type Mutated =
  | { readonly receipt: Receipt; readonly reused: boolean; readonly written: Promise<void> }
  | { readonly unknown: Cause }

/** Writes what a mutation came to, together with the entry of the run's journal. Resolves when it is on the disk. */
export type Settle = (signed: Signed) => Promise<void>

/**
 * Does mutations: each once under its name, whoever asks for it. The intent is on the disk before the world is asked, and
 * the outcome is written in one piece (design § Run a workflow).
 */
export class Mutations {
  readonly #engine: Engine
  readonly #onKnown: (resolved: CID) => void
  readonly #inFlight = new InFlight<Mutated>()
  /** What some run is asking for now, by the mutation's name; one that only writes down that it is in doubt is not. */
  readonly #asking = new Set<string>()

  /** @param onKnown told when it is on the disk that the mutation of this name was done */
  constructor(engine: Engine, onKnown: (resolved: CID) => void) {
    this.#engine = engine
    this.#onKnown = onKnown
  }

  /** Whether some run is asking for the mutation of this name now. */
  isUnderWay(resolved: CID): boolean {
    return this.#asking.has(cidKey(resolved))
  }

  /** `signal` ends waiting, for a place or for the next attempt; it does not end an attempt. Rejects when it aborts. */
  async settle(
    journal: RunJournal,
    ready: ReadyEffect,
    before: Before,
    settle: Settle,
    signal: AbortSignal,
  ): Promise<Mutated> {
    const known = await knownEffect(ready.resolved, this.#engine)
    if (known) return { receipt: known, reused: true, written: Promise.resolve() }
    const work = async () => {
      const mutated = await this.#mutate(journal, await withItsKey(ready), before, settle, signal)
      if ('written' in mutated) await mutated.written
      return mutated
    }
    const never = new AbortController().signal
    try {
      const { value, began } = await this.#inFlight.join(cidKey(ready.resolved), never, work)
      if (began) return value
      if ('unknown' in value) {
        // A person has said meanwhile that it may be tried again: the doubt was about the time before.
        if (before?.type === 'reopened') return this.settle(journal, ready, before, settle, signal)
        // Each run that waits for a person says so itself.
        return before?.type === 'unknown' ? value : await this.#park(journal, ready, causeOf(ready, value.unknown))
      }
      return value.receipt.exp === null
        ? { ...value, reused: true }
        : this.settle(journal, ready, before, settle, signal)
    } catch (fault) {
      // Who was first at it was stopped; whoever else wants it goes on with it.
      if (signal.aborted || !isAbort(fault)) throw fault
      return this.settle(journal, ready, before, settle, signal)
    }
  }

  /**
   * Parks a mutation that cannot be asked for any more, where it was asked for before and may have been done. Whether it
   * was.
   */
  async parkIfBegun(
    journal: RunJournal,
    { label }: Pick<ReadyEffect, 'label'>,
    before: Before,
    cause: Cause,
  ): Promise<boolean> {
    if (before?.type === 'unknown') return true
    if (!before || before.type === 'reopened' || !(await this.#engine.store.intent(before.task))) return false
    await this.#park(journal, { label, resolved: before.task }, cause)
    return true
  }

  async #mutate(
    journal: RunJournal,
    ready: ReadyEffect,
    before: Before,
    settle: Settle,
    signal: AbortSignal,
  ): Promise<Mutated> {
    const { effect, resolved } = ready
    const { store } = this.#engine
    if (before?.type === 'unknown') return { unknown: before.cause }
    // Also where a person has it tried again: that was said of the time before, whose intent is done with.
    const open = await store.intent(resolved)
    if (open && !effect.idempotent && !effect.probe) return this.#park(journal, ready, cutOff)
    const key = cidKey(resolved)
    this.#asking.add(key)
    try {
      return await this.#ask(journal, ready, before, open, settle, signal)
    } finally {
      this.#asking.delete(key)
    }
  }

  async #ask(
    journal: RunJournal,
    ready: ReadyEffect,
    before: Before,
    open: Intent | undefined,
    settle: Settle,
    signal: AbortSignal,
  ): Promise<Mutated> {
    const { effect } = ready
    const { world } = this.#engine
    if (open && !effect.idempotent) {
      const found = await attempt(this.#engine, ready, open.attempt, new AbortController().signal, 'probe')
      if ('ok' in found || found.verdict === 'final') return this.#conclude(ready, found, settle)
      if (found.verdict === 'unknown') return this.#park(journal, ready, causeOf(ready, found.error))
    }
    if (before?.type === 'retrying') {
      await sleep(pauseUntil(before.due, before.attempt, ready.config.retry, world), world, signal)
    }
    const last = before?.type === 'retrying' ? before.attempt : (open?.attempt ?? 0)
    // What could be asked about it has said that it was not done.
    const first = { number: last + 1, isInDoubt: open !== undefined && effect.idempotent }
    return this.#attempts(journal, ready, first, settle, signal)
  }

  async #attempts(
    journal: RunJournal,
    ready: ReadyEffect,
    first: { readonly number: number; readonly isInDoubt: boolean },
    settle: Settle,
    signal: AbortSignal,
  ): Promise<Mutated> {
    const { effect, config, turn } = ready
    let { isInDoubt } = first
    for (let { number } = first; ; number++) {
      const once = await this.#engine.lane(effect.cmd).hold(turn, signal, async () => {
        const refusal = await refusalOf(ready)
        // That it may not be done again says nothing of the times before.
        if (refusal && isInDoubt) return { mutated: await this.#park(journal, ready, causeOf(ready, refusal.error)) }
        const outcome = refusal ?? (await this.#once(journal, ready, number))
        const isOver = 'ok' in outcome || outcome.verdict === 'final'
        return isOver ? { mutated: await this.#conclude(ready, outcome, settle) } : { outcome }
      })
      if (once.mutated) return once.mutated
      const { error, verdict } = once.outcome
      isInDoubt ||= verdict === 'unknown'
      const isLast = !effect.idempotent || number >= config.retry.max
      if (!isLast) {
        await this.#pause(journal, ready, number, { ...once.outcome, isInDoubt }, signal)
        continue
      }
      const last = lastOutcome(error, number)
      return isInDoubt ? this.#park(journal, ready, causeOf(ready, last.error)) : this.#conclude(ready, last, settle)
    }
  }

  /** One attempt, its intent written before. What changes this node's own store alone needs none. */
  async #once(journal: RunJournal, ready: ReadyEffect, number: number): Promise<EffectOutcome> {
    const { effect, label, resolved } = ready
    if (effect.local) return this.#locally(ready, number)
    const { run, date } = { run: journal.run, date: this.#engine.world.date() }
    const change = { intents: [{ task: resolved, run, label, attempt: number, at: date }] }
    await journal.write({ type: 'intent', label, task: resolved, attempt: number }, { change })
    return attempt(this.#engine, ready, number, new AbortController().signal)
  }

  /** What the ones before it change may be held, where the disk is full: then it is not seen yet, and is waited for. */
  async #locally(ready: ReadyEffect, number: number): Promise<EffectOutcome> {
    const { commits } = this.#engine
    for (;;) {
      await commits.room()
      const { stalls } = commits
      const outcome = await attempt(this.#engine, ready, number, new AbortController().signal)
      if (stalls === commits.stalls) return outcome
    }
  }

  async #pause(
    journal: RunJournal,
    ready: ReadyEffect,
    number: number,
    { error, after, isInDoubt }: Exclude<EffectOutcome, { ok: unknown }> & { readonly isInDoubt: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { label, resolved, config } = ready
    const { world, metrics } = this.#engine
    metrics.retries += 1
    const pause = pauseAfter(number, config.retry, after)
    const cause = causeOf(ready, error)
    const due = world.date() + pause
    const change: Change = isInDoubt ? {} : { concluded: [resolved] }
    const event = { type: 'retrying', label, task: resolved, attempt: number, cause, due } as const
    await journal.write(event, { change })
    await sleep(pause, world, signal)
  }

  async #conclude(
    ready: ReadyEffect,
    outcome: EffectOutcome | { readonly error: Extract<Outcome, { error: unknown }>['error'] },
    settle: Settle,
  ): Promise<Mutated> {
    const { asked, resolved, task, from, secret, holdsSecret } = ready
    const good = 'ok' in outcome
    const out = good ? { ok: outcome.ok } : { error: { ...outcome.error } }
    const signed = await sign(this.#engine, {
      ...{ asked, resolved, from, secret, holdsSecret, done: { out, permanent: good }, names: [asked, resolved] },
      blocks: [blockOf(taskValue(task))],
    })
    const own = good ? outcome.change : undefined
    const change = { ...own, ...merged(signed.change, own), concluded: [resolved] }
    const written = settle({ ...signed, change })
    publish(this.#engine, signed.receipt)
    // Its place is free for the next one now; who awaits it waits for the disk.
    written.then(
      () => good && this.#onKnown(resolved),
      () => {},
    )
    return { receipt: signed.receipt, reused: false, written }
  }

  /** It may have been done: nobody asks again but a person. */
  async #park(
    journal: RunJournal,
    { label, resolved }: Pick<ReadyEffect, 'label' | 'resolved'>,
    cause: Cause,
  ): Promise<Mutated> {
    await journal.write({ type: 'unknown', label, task: resolved, cause })
    return { unknown: cause }
  }
}

const cutOff: Cause = {
  name: 'CutOff',
  message: 'this node was cut off after it began to ask and before it wrote down the answer',
}

function lastOutcome(failure: { readonly name: string; readonly message: string }, attempts: number): Failed {
  const { out } = retriesExhausted({ out: { error: failure }, permanent: false }, attempts)
  if ('ok' in out) throw new Error('only what failed is exhausted')
  return out
}

type Failed = Extract<Outcome, { error: unknown }>

/** What the effect changed of the store, and its receipt, in one change. */
function merged(change: Change, own: Change | undefined): Change {
  return { ...change, blocks: [...(change.blocks ?? []), ...(own?.blocks ?? [])] }
}

function isAbort(fault: unknown): boolean {
  return fault instanceof Stopped
}

/** Why the work of a run is stopped: not a fault of it. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}
