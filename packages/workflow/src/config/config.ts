import { error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { invalidWorkflow, type InvalidWorkflow } from '../failure.ts'

/** What one task may use. None of it is part of a task's name. */
export interface TaskConfig {
  /** Wall-clock time of its run, milliseconds. */
  readonly time: number
  /** Linear memory of the guest, bytes. */
  readonly memory: number
  /** Instructions of the guest, in the units of the profile's cost table. */
  readonly gas: number
  /** What the node stores of it, bytes: the blocks of its result, and its log. */
  readonly disk: number
  /** The result as it leaves the guest, bytes. */
  readonly output: number
}

const mebi = 2 ** 20

/** What holds where a workflow says nothing. More than 256 MiB of output no profile lets out of a guest. */
export const defaultConfig: TaskConfig = {
  time: 5 * 60_000,
  memory: 256 * mebi,
  gas: 1e11,
  disk: 1024 * mebi,
  output: 256 * mebi,
}

const scales: Readonly<Record<string, number>> = {
  kilo: 1e3,
  mega: 1e6,
  giga: 1e9,
  tera: 1e12,
  kibi: 2 ** 10,
  mebi,
  gibi: 2 ** 30,
}

interface Quantity {
  readonly units: Readonly<Record<string, number>>
  readonly expected: string
}

const size: Quantity = { units: { bytes: 1 }, expected: 'a size such as [10, "mega", "bytes"]' }

const quantities: Readonly<Record<keyof TaskConfig, Quantity>> = {
  time: {
    units: { milliseconds: 1, seconds: 1000, minutes: 60_000, hours: 3_600_000 },
    expected: 'a time such as [45, "seconds"]',
  },
  memory: size,
  gas: { units: { gas: 1 }, expected: 'an amount such as [10, "giga", "gas"]' },
  disk: size,
  output: size,
}

const enforced = Object.keys(quantities).join(', ')

/**
 * Reads a `config` map over `base`; the nearer one wins, field by field. Quantities have units: `[10, "mega", "bytes"]`,
 * `[45, "minutes"]`, `[10, "giga", "gas"]` (IPVM Workflow § Config). A field that is not enforced is refused, since a
 * limit that does nothing is worse than none.
 */
export function readConfig(
  config: Value | undefined,
  base: TaskConfig,
  path: string,
): Result<TaskConfig, InvalidWorkflow> {
  if (config === undefined) return ok(base)
  if (!isMap(config)) return error(invalidWorkflow(path, 'expected a map'))
  const nearer = { ...base }
  for (const [field, value] of Object.entries(config)) {
    if (!isField(field)) {
      return error(invalidWorkflow(`${path}.${field}`, `is not enforced by this version; enforced are ${enforced}`))
    }
    const { units, expected } = quantities[field]
    const quantity = readQuantity(value, units)
    if (quantity === undefined) return error(invalidWorkflow(`${path}.${field}`, `expected ${expected}`))
    nearer[field] = quantity
  }
  return ok(nearer)
}

function isField(field: string): field is keyof TaskConfig {
  return Object.hasOwn(quantities, field)
}

/** `[n, unit]` or `[n, scale, unit]` as a number of the smallest unit; positive, whole. */
function readQuantity(value: Value, units: Quantity['units']): number | undefined {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined
  const list: readonly Value[] = value
  const [amount, scale, unit] = list.length === 3 ? list : [list[0], undefined, list[1]]
  if (typeof amount !== 'number' || typeof unit !== 'string' || !Object.hasOwn(units, unit)) return undefined
  const factor =
    scale === undefined ? 1 : typeof scale === 'string' && Object.hasOwn(scales, scale) ? scales[scale] : undefined
  if (factor === undefined) return undefined
  const quantity = Math.round(amount * factor * (units[unit] ?? 1))
  return quantity > 0 && Number.isSafeInteger(quantity) ? quantity : undefined
}
