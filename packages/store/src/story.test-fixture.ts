import { CID, nameOf } from '@ipvm/ipld'
import type { RunStart, Store, StoreOptions } from './index.ts'

/** Opens a new store, with nothing in it. */
export type MakeStore = (options?: StoreOptions) => Store | Promise<Store>

/** What a store has to do, as stories that also a browser can be told: each throws where the store does not. */
export type Stories = Readonly<Record<string, (make: MakeStore) => Promise<void>>>

/** A run that was accepted, another one for each number. */
export function started(n: number, more: Partial<RunStart> = {}): RunStart {
  const run = nameOf(`run ${n}`)
  const delegations = [nameOf('delegation'), nameOf('another')]
  const start = { run, invocation: nameOf(`twin ${n}`), delegations, workflow: nameOf('workflow') }
  return { ...start, name: 'w', tasks: 2, at: 5, owner: 'one', ...more }
}

/** Throws where two values are not the same. */
export function same(got: unknown, wanted: unknown): void {
  const [a, b] = [text(got), text(wanted)]
  if (a !== b) throw new Error(`the store gave ${a}\nwhere it has to give ${b}`)
}

function text(value: unknown): string {
  if (value instanceof CID) return value.toString()
  if (value instanceof Uint8Array) return `bytes ${value.join(' ')}`
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`
  if (value instanceof Set) return `set ${text([...value].sort())}`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing'
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${key}: ${text(inner)}`)
    .join(', ')}}`
}
