import { error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { isDid, type Did } from '@ipvm/varsig'
import { isCommand, parsePolicy, type Command, type Policy } from '@ipvm/ucan'
import { invalidWorkflow, unknownField, type InvalidWorkflow } from '../failure.ts'
import { fxDepthMax, fxGrantsMax, fxTasksMax } from '../limits.ts'
import { gas, readQuantity } from './quantity.ts'

/** What a function may ask for: tasks of a command, where a policy holds on their arguments. */
export interface FxGrant {
  readonly cmd: Command
  /** The other agent whose these are to do; absent for what is done here. */
  readonly sub?: Did
  readonly pol: Policy
}

/** What the function of a task, and those that it has run, may ask for; all of them together (design § Authority). */
export interface FxConfig {
  readonly grants: readonly FxGrant[]
  /** How long a chain of tasks may be of which each asked for the next. */
  readonly depth: number
  /** How many tasks may be asked for in all. */
  readonly tasks: number
  /** How much gas these may use in all. */
  readonly gas: number
}

/** What holds of a grant that says nothing else. */
const fxDefaults = { depth: 100, tasks: 1000, gas: 1e12 } as const

const fields = ['grants', 'depth', 'tasks', 'gas']
const grantFields = ['cmd', 'sub', 'pol']

/** Reads `{grants: [{cmd, sub?, pol?}], depth?, tasks?, gas?}`, whole in place of what held before; false takes that back. */
export function readFx(
  value: Value,
  _base: FxConfig | undefined,
  path: string,
): Result<FxConfig | undefined, InvalidWorkflow> {
  if (value === false) return ok(undefined)
  if (!isMap(value)) {
    return error(invalidWorkflow(path, 'expected false, or a map such as {"grants": [{"cmd": "/kv/put"}]}'))
  }
  const unknown = Object.keys(value).find(field => !fields.includes(field))
  if (unknown !== undefined) return error(unknownField(path, unknown, fields))
  const grants = readGrants(value.grants, `${path}.grants`)
  if ('error' in grants) return grants
  const depth = readCount(value.depth, fxDefaults.depth, fxDepthMax, `${path}.depth`)
  if ('error' in depth) return depth
  const tasks = readCount(value.tasks, fxDefaults.tasks, fxTasksMax, `${path}.tasks`)
  if ('error' in tasks) return tasks
  const units = value.gas === undefined ? fxDefaults.gas : readQuantity(value.gas, gas)
  if (!units) return error(invalidWorkflow(`${path}.gas`, `expected ${gas.expected}`))
  return ok({ grants: grants.ok, depth: depth.ok, tasks: tasks.ok, gas: units })
}

function readGrants(value: Value | undefined, path: string): Result<readonly FxGrant[], InvalidWorkflow> {
  if (!Array.isArray(value)) return error(invalidWorkflow(path, 'expected a list of {cmd, pol}'))
  if (value.length > fxGrantsMax) return error(invalidWorkflow(path, `expected ${fxGrantsMax} grants at most`))
  const grants: FxGrant[] = []
  for (const [i, grant] of value.entries()) {
    const read = readGrant(grant, `${path}[${i}]`)
    if ('error' in read) return read
    grants.push(read.ok)
  }
  return ok(grants)
}

function readGrant(value: Value, path: string): Result<FxGrant, InvalidWorkflow> {
  if (!isMap(value)) return error(invalidWorkflow(path, 'expected {cmd, pol}'))
  const unknown = Object.keys(value).find(field => !grantFields.includes(field))
  if (unknown !== undefined) return error(unknownField(path, unknown, grantFields))
  const { cmd, sub, pol = [] } = value
  if (cmd === undefined || !isCommand(cmd)) {
    return error(invalidWorkflow(`${path}.cmd`, 'expected a command such as /kv/put, or / for all'))
  }
  if (sub !== undefined && !isDid(sub)) {
    return error(invalidWorkflow(`${path}.sub`, 'expected the DID of the agent whose it is to do; none for this node'))
  }
  const policy = parsePolicy(pol)
  if ('error' in policy) return error(invalidWorkflow(`${path}.pol`, policy.error.message))
  return ok({ cmd, pol: policy.ok, ...(sub !== undefined && { sub }) })
}

function readCount(
  value: Value | undefined,
  base: number,
  most: number,
  path: string,
): Result<number, InvalidWorkflow> {
  if (value === undefined) return ok(base)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return ok(value)
  return error(invalidWorkflow(path, `expected a number from 1 to ${most}`))
}
