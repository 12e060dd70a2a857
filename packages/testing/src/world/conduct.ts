import type { Value } from '@ipvm/ipld'
import type { EffectOutcome } from '@ipvm/runtime'
import type { OutcomeError } from '@ipvm/ucan'
import { pause, type Host } from './host.ts'
import { never } from './life.ts'

/** How a service, and the way to it, may behave. What is `…After` happens when it has been done already. */
export type Conduct =
  | 'answers'
  | 'refuses'
  | 'isBusy'
  | 'unknown'
  | 'unknownAfter'
  | 'throws'
  | 'throwsAfter'
  | 'silent'
  | 'silentAfter'
  | 'deafAfter'
  | 'lateAfter'

const misconducts: Readonly<Record<Exclude<Conduct, 'answers'>, number>> = {
  refuses: 3,
  isBusy: 8,
  unknown: 3,
  unknownAfter: 4,
  throws: 2,
  throwsAfter: 2,
  silent: 2,
  silentAfter: 2,
  deafAfter: 1,
  lateAfter: 2,
}

/** One of all the ways. */
export function conductOf({ random, trouble, coverage }: Host): Conduct {
  const conduct = random.chance(trouble.rate) ? random.weighed(misconducts) : 'answers'
  coverage.count(`a service ${conduct}`)
  return conduct
}

/**
 * Asks a service and behaves as said. The request arrives whatever becomes of who asked: `arrive` is called when it does.
 */
export async function ask(
  host: Host,
  conduct: Conduct,
  arrive: () => Value,
  signal: AbortSignal,
): Promise<EffectOutcome> {
  const { random, life, time } = host
  const there = random.around(15)
  const back = random.around(15)
  if (life.endsWaitingFor === 'world') time.after(random.below(there + back + 1), () => life.end())
  if (conduct === 'refuses' || conduct === 'isBusy' || conduct === 'unknown' || conduct === 'throws') {
    await pause(host, there + back, signal)
    return fail(conduct)
  }
  if (conduct === 'silent') return pause(host, Number.POSITIVE_INFINITY, signal).then(() => never())
  const arriving = new Promise<Value>(resolve => host.time.after(there, () => resolve(arrive())))
  if (conduct === 'deafAfter') return never()
  if (conduct === 'silentAfter') return pause(host, Number.POSITIVE_INFINITY, signal).then(() => never())
  if (conduct === 'lateAfter') {
    await pause(host, Number.POSITIVE_INFINITY, signal).catch(() => {})
    await pause(host, back)
    return { ok: await arriving }
  }
  await pause(host, there + back, signal)
  const ok = await arriving
  return conduct === 'answers' ? { ok } : fail(conduct)
}

function fail(conduct: Conduct): EffectOutcome {
  switch (conduct) {
    case 'refuses':
      return { error: problem('Refused', 'the service will not do that'), verdict: 'final' }
    case 'isBusy':
      return { error: problem('Busy', 'the service is busy'), verdict: 'again' }
    case 'unknown':
    case 'unknownAfter':
      return { error: problem('Lost', 'the connection was lost'), verdict: 'unknown' }
    default:
      throw new Error('the connection broke')
  }
}

function problem(name: string, message: string): OutcomeError {
  return { name, message }
}
