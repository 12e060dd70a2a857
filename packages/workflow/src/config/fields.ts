import type { Value } from '@ipvm/ipld'

type Scale = 'kilo' | 'mega' | 'giga' | 'tera' | 'kibi' | 'mebi' | 'gibi'
type Time = readonly [number, 'milliseconds' | 'seconds' | 'minutes' | 'hours' | 'days']
type Size = readonly [number, 'bytes'] | readonly [number, Scale, 'bytes']
type Gas = readonly [number, 'gas'] | readonly [number, Scale, 'gas']

type FxFields = {
  readonly grants: readonly { readonly cmd: string; readonly sub?: string; readonly pol?: readonly Value[] }[]
  readonly depth?: number
  readonly tasks?: number
  readonly gas?: Gas
}

/** A config as it is written, for the compiler; what is not written holds as it did. A type, since it is a value, too. */
export type ConfigFields = {
  readonly time?: Time
  readonly memory?: Size
  readonly gas?: Gas
  readonly disk?: Size
  readonly output?: Size
  readonly retry?: { readonly max?: number; readonly backoff?: Time; readonly factor?: number }
  readonly wait?: Time
  readonly priority?: number
  readonly secret?: boolean
  readonly check?: 'attested'
  readonly reuse?: Time
  readonly fx?: false | FxFields
}
