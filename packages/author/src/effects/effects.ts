// Runs inside the guest: what an author's function asks for beside its value.
import type { Branded } from '../wit/brand.ts'
import { encode, Link, type Value } from './encode.ts'
import { sha256 } from './sha256.ts'

export { Float, Link, type Value } from './encode.ts'

/** A task that a function asks for, as DAG-CBOR. */
export type AskedTask = Branded<Uint8Array, 'task'>

/** What a function gives that asks for tasks: its own value; tasks beside it; and one whose outcome stands for its own. */
export interface Effects<T> {
  readonly value: T
  readonly fork: readonly AskedTask[]
  readonly join?: AskedTask
}

/** A task as an author writes it. Without a nonce, a mutation gets one of the run that it joins. */
export interface TaskFields {
  readonly sub?: string
  readonly cmd: string
  readonly args: { readonly [key: string]: Value }
  readonly nonce?: Uint8Array
}

/**
 * A value, and the tasks that are to join the run: `fork` side by side, `join` in the function's place, so that its outcome is
 * what others get who await the function. They run only where the workflow's `fx` grants it (docs/asking-for-effects.md).
 */
export function effects<T>({
  value,
  fork = [],
  join,
}: {
  readonly value: T
  readonly fork?: readonly AskedTask[]
  readonly join?: AskedTask | undefined
}): Effects<T> {
  return join === undefined ? { value, fork } : { value, fork, join }
}

/** A task to ask for. */
export function task({ sub, cmd, args, nonce = new Uint8Array(0) }: TaskFields): AskedTask {
  return encode(sub === undefined ? { cmd, args, nonce } : { sub, cmd, args, nonce })
}

/** The task that calls a function of a module; `mod` is the CID of its file, as a function gets it for a `string`. */
export function call(mod: string, fun: string, params: readonly Value[]): AskedTask {
  return task({ cmd: '/wasm/run', args: { mod: link(mod), fun, params } })
}

/**
 * The promise of a task that is asked for along, to stand anywhere in the arguments of another one: of its result; of its
 * error; or of either, as `{ok}` or `{error}`.
 */
export function promise(of: AskedTask, branch: 'ok' | 'error' | '*' = 'ok'): Value {
  const cid = new Uint8Array(4 + 32)
  // CIDv1, dag-cbor, sha2-256, 32 bytes: a task's name is the hash of what it is.
  cid.set([0x01, 0x71, 0x12, 0x20])
  cid.set(sha256(of), 4)
  return { [`await/${branch}`]: new Link(cid) }
}

/** A link, from a CID as text (base32). */
export function link(text: string): Link {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  const bytes: number[] = []
  let [bits, count] = [0, 0]
  if (!text.startsWith('b')) throw new TypeError(`${text} is no CID in base32`)
  for (const letter of text.slice(1)) {
    const five = letters.indexOf(letter)
    if (five < 0) throw new TypeError(`${text} is no CID in base32`)
    bits = (bits << 5) | five
    count += 5
    if (count >= 8) {
      count -= 8
      bytes.push((bits >> count) & 0xff)
      bits &= (1 << count) - 1
    }
  }
  return new Link(Uint8Array.from(bytes))
}
