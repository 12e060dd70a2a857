import { freeze, thaw } from '../component/frozen.ts'
import { compile, rewrite } from '../sandbox/prepare.ts'
import type { WorkerReply } from './message.ts'

type Prepared = Omit<WorkerReply & { kind: 'prepared' }, 'kind'>

/** Prepares a component; `freezing` gives it as bytes for a cache, too. */
export function prepare(bytes: Uint8Array, freezing: boolean): Prepared {
  const plain = rewrite(bytes)
  if ('error' in plain) return { prepared: plain }
  const prepared = compile(plain.ok)
  return 'ok' in prepared && freezing ? { prepared, frozen: freeze(plain.ok) } : { prepared }
}

/** Prepares a component from the bytes that a cache had. */
export function thawProgram(bytes: Uint8Array<ArrayBuffer>): Prepared {
  const plain = thaw(bytes)
  if (plain) return { prepared: compile(plain) }
  return { prepared: { error: { name: 'MalformedModule', message: 'what the cache had is of another version' } } }
}
