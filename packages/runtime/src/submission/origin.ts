import type { ValueMap } from '@ipvm/ipld'

/**
 * The key in the `meta` of a run's invocation under which stands what started it, in a few words, such as a schedule or an
 * event. It is no part of the run's name, and nothing rests on it: it is for people who look at the run.
 */
export const originKey = 'ipvm/origin'

const originLengthMax = 200

/** What started a run, where its invocation says so. */
export function originOf(meta: ValueMap | undefined): string | undefined {
  const origin = meta?.[originKey]
  return typeof origin === 'string' ? origin.slice(0, originLengthMax) : undefined
}
