import { error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { invalidWorkflow, type InvalidWorkflow } from '../failure.ts'

/** What one task may use. None of it is part of a task's name. */
export interface TaskConfig {
  /** Wall-clock time, milliseconds. */
  readonly time: number
  /** Linear memory of the guest, bytes. */
  readonly memory: number
}

/** What holds where a workflow says nothing: 5 minutes, 256 MiB. */
export const defaultConfig: TaskConfig = { time: 5 * 60_000, memory: 256 * 1024 * 1024 }

const scales: Readonly<Record<string, number>> = {
  kilo: 1e3,
  mega: 1e6,
  giga: 1e9,
  kibi: 2 ** 10,
  mebi: 2 ** 20,
  gibi: 2 ** 30,
}

const units: Readonly<Record<keyof TaskConfig, Readonly<Record<string, number>>>> = {
  time: { milliseconds: 1, seconds: 1000, minutes: 60_000, hours: 3_600_000 },
  memory: { bytes: 1 },
}

const unitNames = {
  time: 'a time such as [45, "seconds"]',
  memory: 'a size such as [10, "mega", "bytes"]',
} as const

/**
 * Reads a `config` map over `base`; the nearer one wins, field by field. Quantities have units: `[10, "mega", "bytes"]`,
 * `[45, "minutes"]` (IPVM Workflow § Config). A field that is not enforced is refused, since a limit that does nothing
 * is worse than none.
 */
export function readConfig(
  config: Value | undefined,
  base: TaskConfig,
  path: string,
): Result<TaskConfig, InvalidWorkflow> {
  if (config === undefined) return ok(base)
  if (!isMap(config)) return error(invalidWorkflow(path, 'expected a map'))
  let { time, memory } = base
  for (const [field, value] of Object.entries(config)) {
    if (field !== 'time' && field !== 'memory') {
      return error(invalidWorkflow(`${path}.${field}`, 'is not enforced by this version; enforced are time and memory'))
    }
    const quantity = readQuantity(value, units[field])
    if (quantity === undefined) return error(invalidWorkflow(`${path}.${field}`, `expected ${unitNames[field]}`))
    if (field === 'time') time = quantity
    else memory = quantity
  }
  return ok({ time, memory })
}

/** `[n, unit]` or `[n, scale, unit]` as a number of the smallest unit; positive, whole. */
function readQuantity(value: Value, known: Readonly<Record<string, number>>): number | undefined {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined
  const list: readonly Value[] = value
  const [amount, scale, unit] = list.length === 3 ? list : [list[0], undefined, list[1]]
  if (typeof amount !== 'number' || typeof unit !== 'string' || !Object.hasOwn(known, unit)) return undefined
  const factor =
    scale === undefined ? 1 : typeof scale === 'string' && Object.hasOwn(scales, scale) ? scales[scale] : undefined
  if (factor === undefined) return undefined
  const quantity = Math.round(amount * factor * (known[unit] ?? 1))
  return quantity > 0 && Number.isSafeInteger(quantity) ? quantity : undefined
}
