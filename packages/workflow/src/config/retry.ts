import { error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { invalidWorkflow, unknownField, type InvalidWorkflow } from '../failure.ts'
import { attemptsMax, retryDelayMax } from '../limits.ts'
import { readNumber, readQuantity, time } from './quantity.ts'

/** How a task is tried again, where its class allows it. */
export interface Retry {
  /** How many attempts there are, the first one included. */
  readonly max: number
  /** The pause after the first attempt, milliseconds. */
  readonly backoff: number
  /** How much longer each pause is than the one before. */
  readonly factor: number
}

const known = ['max', 'backoff', 'factor']
const factorMax = 100

/** Reads `{max, backoff, factor}`, each of them over `base`. */
export function readRetry(value: Value, base: Retry, path: string): Result<Retry, InvalidWorkflow> {
  if (!isMap(value)) return error(invalidWorkflow(path, 'expected a map such as {"max": 3, "backoff": [1, "seconds"]}'))
  const unknown = Object.keys(value).find(field => !known.includes(field))
  if (unknown !== undefined) return error(unknownField(path, unknown, known))
  const max = value.max === undefined ? base.max : value.max
  if (typeof max !== 'number' || !Number.isInteger(max) || max < 1 || max > attemptsMax) {
    return error(invalidWorkflow(`${path}.max`, `expected a number of attempts from 1 to ${attemptsMax}`))
  }
  const backoff = value.backoff === undefined ? base.backoff : readQuantity(value.backoff, time)
  if (!backoff) return error(invalidWorkflow(`${path}.backoff`, `expected ${time.expected}`))
  const factor = value.factor === undefined ? base.factor : readNumber(value.factor)
  if (factor === undefined || factor < 1 || factor > factorMax) {
    return error(invalidWorkflow(`${path}.factor`, `expected a number from 1 to ${factorMax}`))
  }
  return ok({ max, backoff, factor })
}

/**
 * The pause after the attempt of this number (1 is the first), milliseconds. Pauses grow to an hour; only one that is
 * longer from the start stays so.
 */
export function retryDelay({ backoff, factor }: Retry, attempt: number): number {
  return Math.min(Math.round(backoff * factor ** (attempt - 1)), Math.max(backoff, retryDelayMax))
}
