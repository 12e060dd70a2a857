import type { EffectOutcome } from '@ipvm/runtime'
import * as v from 'valibot'

/** The name of a key, or of a secret that is one. */
export const keyName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected the name of a key'))

/** A key that the owner of the node has not named for this. */
export function notAllowed(cmd: string, key: string): EffectOutcome {
  const message = `"${key}" is not used for workflows here; its owner may allow it: ipvm effects allow ${cmd} ${key}`
  return { error: { name: 'NotAllowed', message }, verdict: 'final', isOpen: true }
}
