import { freeze } from '../component/frozen.ts'
import { compile } from '../sandbox/compile.ts'
import { rewrite } from '../sandbox/prepare.ts'
import type { Prepared } from './message.ts'

/** Prepares a component; `freezing` gives it as bytes for a cache, too. */
export function prepare(bytes: Uint8Array, freezing: boolean): Prepared {
  const plain = rewrite(bytes)
  if ('error' in plain) return { prepared: plain }
  const prepared = compile(plain.ok)
  return 'ok' in prepared && freezing ? { prepared, frozen: freeze(plain.ok) } : { prepared }
}
