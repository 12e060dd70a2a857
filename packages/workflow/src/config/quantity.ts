import { Float, type Value } from '@ipvm/ipld'
import { durationMax } from '../limits.ts'

/** An amount with its unit, as a config has it. */
export interface Quantity {
  /** What each unit is of the smallest one. */
  readonly units: Readonly<Record<string, number>>
  /** What it has to look like, for whoever wrote it otherwise. */
  readonly expected: string
  readonly most?: number
}

const mebi = 2 ** 20

const scales: Readonly<Record<string, number>> = {
  kilo: 1e3,
  mega: 1e6,
  giga: 1e9,
  tera: 1e12,
  kibi: 2 ** 10,
  mebi,
  gibi: 2 ** 30,
}

/** Bytes. */
export const size: Quantity = { units: { bytes: 1 }, expected: 'a size such as [10, "mega", "bytes"]' }

/** Milliseconds. */
export const time: Quantity = {
  units: { milliseconds: 1, seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 },
  expected: 'a time such as [45, "seconds"], of a year at most',
  most: durationMax,
}

/** Units of the profile's cost table. */
export const gas: Quantity = { units: { gas: 1 }, expected: 'an amount such as [10, "giga", "gas"]' }

/** `[n, unit]` or `[n, scale, unit]` as a number of the smallest unit: whole, and not negative. */
export function readQuantity(value: Value, { units, most = Number.MAX_SAFE_INTEGER }: Quantity): number | undefined {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined
  const list: readonly Value[] = value
  const [written, scale, unit] = list.length === 3 ? list : [list[0], undefined, list[1]]
  const amount = readNumber(written)
  if (amount === undefined || typeof unit !== 'string' || !Object.hasOwn(units, unit)) return undefined
  const factor =
    scale === undefined ? 1 : typeof scale === 'string' && Object.hasOwn(scales, scale) ? scales[scale] : undefined
  if (factor === undefined) return undefined
  const quantity = Math.round(amount * factor * (units[unit] ?? 1))
  return amount >= 0 && quantity <= most ? quantity : undefined
}

/** A number that may be written as a float, `2.0` as well as `2`. */
export function readNumber(value: Value | undefined): number | undefined {
  const number = value instanceof Float ? value.value : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}
