import { blockOf, decode, error, ok, CID, isMap, type Block, type Failure, type Result, type Value } from '@ipvm/ipld'
import { readGrants, requestArgs, type Grant } from '@ipvm/runtime'
import { isCommand, parsePolicy, type Command } from '@ipvm/ucan'
import * as v from 'valibot'
import * as limits from '../limits.ts'

const count = (max: number, min = 1) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max))
const link = v.instance(CID, 'expected a link')
const header = v.pipe(text(64), v.regex(/^[a-z0-9-]+$/, 'expected names of headers in lower case'))

/** A function URL: a request comes in, and the workflow's answer goes out. */
const http = v.strictObject({
  kind: v.literal('http'),
  methods: v.pipe(v.array(v.picklist(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])), v.minLength(1)),
  /** The headers that the workflow gets to see. */
  headers: v.pipe(v.array(header), v.maxLength(limits.headersMax)),
  /** The label of the task that answers. */
  output: text(256),
  /** How long a request waits, milliseconds. */
  wait: count(limits.waitMax),
})

/** A webhook: what is signed is taken on, and answered as soon as it is written down. */
const webhook = v.strictObject({
  kind: v.literal('webhook'),
  scheme: v.picklist(['standard', 'github', 'stripe']),
  /** The name of the secret that signs. */
  secret: text(256),
  /** Seconds. */
  tolerance: count(86_400),
})

/** Files of a folder, or one file. */
const file = v.strictObject({
  kind: v.literal('file'),
  path: text(4096),
  /** A glob over the path below the folder. */
  match: v.optional(text(1024)),
})

/** Entries of the node's own key-value map. */
const kv = v.strictObject({ kind: v.literal('kv'), prefix: v.pipe(v.string(), v.maxLength(1024)) })

/** Receipts of this node. */
const receipt = v.strictObject({
  kind: v.literal('receipt'),
  cmd: v.optional(v.custom<Command>(value => isCommand(value as Value), 'expected a command')),
  ran: v.optional(link),
  outcome: v.optional(v.picklist(['ok', 'error'])),
  /** A policy over the value. */
  pol: v.optional(v.array(v.any())),
})

const schema = v.strictObject({
  name: v.pipe(text(limits.nameLengthMax), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, . _ -')),
  workflow: link,
  source: v.variant('kind', [http, webhook, file, kv, receipt]),
  /** What its runs may do at most; all that the node may, where it is absent. */
  only: v.optional(v.array(v.any())),
  /** How many of its events may wait. */
  waiting: v.optional(count(limits.waitingMax), limits.waitingDefault),
  /** How many of its runs go on at once. */
  parallel: v.optional(count(limits.parallelMax), limits.parallelDefault),
  /** How many of its runs begin in a minute; any number, where it is absent. */
  perMinute: v.optional(count(1_000_000)),
  /** Makes another trigger of the same fields. */
  nonce: v.pipe(v.instance(Uint8Array), v.maxLength(32)),
})

/** Where a trigger's events come from. */
export type Source = v.InferOutput<typeof schema>['source']
export type SourceOf<Kind extends Source['kind']> = Extract<Source, { kind: Kind }>

/** What starts runs of a workflow; its CID names it. */
export interface Trigger extends Omit<v.InferOutput<typeof schema>, 'only'> {
  readonly only?: readonly Grant[]
}

/** A trigger is not what it has to be; the message says where. */
export interface InvalidTrigger extends Failure {
  readonly name: 'InvalidTrigger'
}

/** The key that says what the map holds, and in which version. */
const triggerTag = 'ipvm/trigger@1'

/** The trigger's block; its CID is the trigger's name. */
export function triggerBlock({ only, ...trigger }: Trigger): Block {
  const { only: grants } = requestArgs({ workflow: trigger.workflow, ...(only && { only }) })
  return blockOf({ [triggerTag]: plain({ ...trigger, ...(grants !== undefined && { only: grants }) }) })
}

/** Reads a trigger from its block. Failure: `InvalidTrigger`. */
export function readTrigger(bytes: Uint8Array): Result<Trigger, InvalidTrigger> {
  const value = decode(bytes)
  if ('error' in value) return error(invalid(value.error.message))
  const document = value.ok
  const inner = isMap(document) && Object.keys(document).length === 1 ? document[triggerTag] : undefined
  return inner === undefined ? error(invalid(`expected {"${triggerTag}": {"name": …}}`)) : checkTrigger(inner)
}

/** Checks a trigger that people wrote. Failure: `InvalidTrigger`, with the field. */
export function checkTrigger(value: unknown): Result<Trigger, InvalidTrigger> {
  const checked = v.safeParse(schema, value)
  if (!checked.success) {
    const said = checked.issues.slice(0, 3).map(issue => `${v.getDotPath(issue) ?? 'trigger'}: ${issue.message}`)
    return error(invalid(said.join('; ')))
  }
  const { only, ...trigger } = checked.output
  const { source } = trigger
  const policy = source.kind === 'receipt' && source.pol ? parsePolicy(source.pol) : undefined
  if (policy && 'error' in policy) return error(invalid(`source.pol: ${policy.error.message}`))
  if (only === undefined) return ok(trigger)
  const grants = readGrants(only)
  return 'error' in grants ? error(invalid(`only: ${grants.error.message}`)) : ok({ ...trigger, only: grants.ok })
}

/** Fields that are absent are not there at all. */
function plain(value: object): { [key: string]: Value } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(
    entries.map(([key, field]) => [key, isPlain(field) ? plain(field) : (field as Value)] as const),
  )
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function invalid(problem: string): InvalidTrigger {
  return { name: 'InvalidTrigger', message: `not a trigger: ${problem}` }
}
