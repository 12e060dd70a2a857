import { thaw } from '../component/frozen.ts'
import { compile, malformed } from '../sandbox/compile.ts'
import type { Prepared } from './message.ts'

/** Prepares a component from the bytes that a cache had: without the code that reads and rewrites modules. */
export function prepareFrozen(bytes: Uint8Array<ArrayBuffer>): Prepared {
  const plain = thaw(bytes)
  return { prepared: plain ? compile(plain) : { error: malformed('what the cache had is of another form') } }
}
