import { blockOf } from '@ipvm/ipld'
import { noNonce, taskName, taskValue } from '@ipvm/ucan'
import type { Change } from '@ipvm/store'
import type { RunJournal } from '../journal/run-journal.ts'
import { profileOf, sign, type Signed } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'
import { pauseAfter, pauseUntil, retriesExhausted, sleep } from '../engine/retry.ts'
import { attempt, causeOf, refusalOf, tellsNothing, type ReadyEffect } from './attempt.ts'
import type { EffectOutcome } from './effect.ts'
import type { Before } from './mutation.ts'

/** Under what the answers of queries are found, that may be reused for a while. */
export const queryProfile = 'query'

/** What a query came to: a new receipt, not written yet, or one that counts still. */
export type Answer =
  | (Signed & { readonly reused: false })
  | { readonly receipt: Signed['receipt']; readonly reused: true }

/** Asks the world, again where it does not answer, as often as the task's config says. Rejects when `signal` aborts. */
export async function query(
  engine: Engine,
  journal: RunJournal,
  ready: ReadyEffect,
  before: Before,
  signal: AbortSignal,
): Promise<Answer> {
  const { config, effect, label, resolved, turn } = ready
  const fresh =
    config.reuse > 0 ? await engine.memo.find(nameless(ready), profileOf(queryProfile, ready.secret)) : undefined
  if (fresh) return { receipt: fresh, reused: true }
  if (before?.type === 'retrying') {
    await sleep(pauseUntil(before.due, before.attempt, config.retry, engine.world), engine.world, signal)
  }
  for (let number = before?.type === 'retrying' ? before.attempt + 1 : 1; ; number++) {
    const work = async () => (await refusalOf(ready)) ?? (await attempt(engine, ready, number, signal))
    const outcome = await engine.lane(effect.cmd).hold(turn, signal, work)
    if ('ok' in outcome || outcome.verdict === 'final')
      return { ...(await answer(engine, ready, outcome)), reused: false }
    if (number >= config.retry.max) {
      const last = retriesExhausted({ out: { error: outcome.error }, permanent: false }, number)
      return { ...(await answer(engine, ready, last.out)), reused: false }
    }
    engine.metrics.retries += 1
    const pause = pauseAfter(number, config.retry, outcome.after)
    const due = engine.world.date() + pause
    const event = {
      type: 'retrying',
      label,
      task: resolved,
      attempt: number,
      cause: causeOf(ready, outcome.error),
      due,
    } as const
    void journal.write(event).catch(() => {})
    await sleep(pause, engine.world, signal)
  }
}

async function answer(
  engine: Engine,
  ready: ReadyEffect,
  outcome: EffectOutcome | { readonly error: { readonly name: string; readonly message: string } },
): Promise<Signed> {
  const { asked, resolved, task, from, secret, holdsSecret, config } = ready
  const out = 'ok' in outcome ? { ok: outcome.ok } : { error: { ...outcome.error } }
  const good = 'ok' in outcome
  const seconds = good && config.reuse > 0 ? Math.ceil(config.reuse / 1000) : undefined
  const signed = await sign(engine, {
    ...{ asked, resolved, from, secret, holdsSecret, done: { out, permanent: good }, names: [asked, resolved] },
    ...{ sealedFor: nameless(ready), tellsNothing: tellsNothing(ready, outcome) },
    ...{ blocks: [blockOf(taskValue(task))], ...(seconds !== undefined && { seconds }) },
  })
  if (seconds === undefined) return signed
  const result = { name: nameless(ready), profile: profileOf(queryProfile, secret), receipt: signed.receipt.cid }
  const change: Change = { ...signed.change, results: [...(signed.change.results ?? []), result] }
  return { ...signed, change }
}

/** The name of the question, whoever asks it. */
function nameless({ task }: ReadyEffect) {
  return taskName({ ...task, nonce: noNonce })
}
