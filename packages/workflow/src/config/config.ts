import { error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { invalidWorkflow, type InvalidWorkflow } from '../failure.ts'
import { readFx, type FxConfig } from './fx.ts'
import { gas, readQuantity, size, time, type Quantity } from './quantity.ts'
import { readRetry, type Retry } from './retry.ts'

/** What a task may use, each of which a run of it is held to. */
export interface ResourceLimits {
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

/** What one task may use, and how it is run. None of it is part of a task's name. */
export interface TaskConfig extends ResourceLimits {
  /** What follows where an attempt did not come to an end that counts. */
  readonly retry: Retry
  /** How long it waits for a task that nobody has had done here, milliseconds. */
  readonly wait: number
  /** Which goes first where not all can: 0 is last, 9 first. */
  readonly priority: number
  /** Whether its result, error and log are secrets. */
  readonly secret: boolean
  /** What its function may ask for; nothing, where nothing is said. */
  readonly fx: FxConfig | undefined
  /** How old the answer of a query may be that another workflow had, milliseconds; 0 where it is always asked anew. */
  readonly reuse: number
}

const mebi = 2 ** 20

/** What holds where a workflow says nothing. More than 256 MiB of output no profile lets out of a guest. */
export const defaultConfig: TaskConfig = {
  time: 5 * 60_000,
  memory: 256 * mebi,
  gas: 1e11,
  disk: 1024 * mebi,
  output: 256 * mebi,
  retry: { max: 5, backoff: 1000, factor: 2 },
  wait: 60_000,
  priority: 5,
  secret: false,
  fx: undefined,
  reuse: 0,
}

/** The limits of a config alone, as a report has them. */
export function resourceLimits({ time, memory, gas, disk, output }: TaskConfig): ResourceLimits {
  return { time, memory, gas, disk, output }
}

/** Reads one field at `path` over what holds without it. */
type Field<T> = (value: Value, base: T, path: string) => Result<T, InvalidWorkflow>

const fields: { readonly [F in keyof TaskConfig]: Field<TaskConfig[F]> } = {
  time: quantity(time),
  memory: quantity(size),
  gas: quantity(gas),
  disk: quantity(size),
  output: quantity(size),
  retry: readRetry,
  wait: quantity(time, 0),
  priority: (value, _base, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 9
      ? ok(value)
      : error(invalidWorkflow(path, 'expected an integer from 0, which goes last, to 9, which goes first')),
  secret: (value, _base, path) =>
    typeof value === 'boolean' ? ok(value) : error(invalidWorkflow(path, 'expected true or false')),
  fx: readFx,
  reuse: quantity(time, 0),
}

const enforced = [...Object.keys(fields), 'check'].join(', ')

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
  const nearer: Mutable = { ...base }
  for (const [field, value] of Object.entries(config)) {
    const failure = field === 'check' ? checkFailure(value, path) : setField(nearer, field, value, path)
    if (failure) return error(failure)
  }
  return ok(nearer)
}

type Mutable = { -readonly [F in keyof TaskConfig]: TaskConfig[F] }

function setField(config: Mutable, field: string, value: Value, path: string): InvalidWorkflow | undefined {
  if (!isField(field)) {
    return invalidWorkflow(`${path}.${field}`, `is not enforced by this version; enforced are ${enforced}`)
  }
  return setKnown(config, field, value, path)
}

function setKnown<F extends keyof TaskConfig>(
  config: Mutable,
  field: F,
  value: Value,
  path: string,
): InvalidWorkflow | undefined {
  const read = fields[field](value, config[field], `${path}.${field}`)
  if ('error' in read) return read.error
  config[field] = read.ok
  return undefined
}

/** How results of others are verified: so far by their signature alone, so there is nothing to keep of it. */
function checkFailure(value: Value, path: string): InvalidWorkflow | undefined {
  return value === 'attested'
    ? undefined
    : invalidWorkflow(`${path}.check`, 'expected "attested", the only check of this version')
}

function isField(field: string): field is keyof TaskConfig {
  return Object.hasOwn(fields, field)
}

function quantity(kind: Quantity, least = 1): Field<number> {
  return (value, _base, path) => {
    const read = readQuantity(value, kind)
    return read === undefined || read < least ? error(invalidWorkflow(path, `expected ${kind.expected}`)) : ok(read)
  }
}
