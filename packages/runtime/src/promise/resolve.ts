import { asValue, cidKey, encode, error, limits, ok, setKey, type CID, type Failure, type GetBlock } from '@ipvm/ipld'
import type { Result, Value, ValueMap } from '@ipvm/ipld'
import { awaitValue, isLink, mapPromises, promisesIn, type Branch, type Outcome, type Receipt } from '@ipvm/ucan'
import { unspill } from '../outcome/spill.ts'
import { isSealedOutcome, openOutcome, type Seal } from '../secret/seal.ts'

/** A task's arguments with values in place of promises, and the receipts that gave them. */
export interface Resolved {
  readonly args: ValueMap
  /** The same with secrets opened, where there are any: for memory alone. */
  readonly opened?: ValueMap
  readonly from: readonly CID[]
}

/** A promise awaited one branch and its task took the other (UCAN Promise § Branch mismatch). */
export interface BranchMismatch extends Failure {
  readonly name: 'BranchMismatch'
  readonly expected: Branch
  readonly got: Branch
  /** The task whose promise it was, and the receipt that took the other branch. */
  readonly task: CID
  readonly from: Receipt
}

/** The arguments are more than a task's block can hold, or nest too deep, once the promises are settled. */
export interface ArgumentsTooLarge extends Failure {
  readonly name: 'ArgumentsTooLarge'
}

/**
 * With the values put in, the arguments hold what reads as a promise. The resolved task would have the name of one that awaits
 * it, and its result would count for that one, too.
 */
export interface PromiseInArguments extends Failure {
  readonly name: 'PromiseInArguments'
}

/** Why promises could not be replaced by values; the last is that of a value whose block cannot be read. */
export type Unresolved = BranchMismatch | ArgumentsTooLarge | PromiseInArguments | Failure

/** The receipt of an awaited task, and whether that is secret. */
export interface Awaited {
  readonly receipt: Receipt
  readonly secret: boolean
}

/** What it takes to read the values of receipts. */
export interface ResolveOptions {
  readonly getBlock: GetBlock
  /** Opens what secret tasks gave. */
  readonly seal: Seal | undefined
  /** The promises that stay, by the tasks that they name, and the names that those are asked for by. */
  readonly inPlace?: ReadonlyMap<string, CID>
}

/** A value that is put in, and how much it adds to the arguments. */
interface Put {
  readonly value: Value
  readonly opened: Value
  readonly size: number
}

/** Puts values in place of promises; `receipts` has every awaited task's, by name. */
export async function resolve(
  args: ValueMap,
  receipts: ReadonlyMap<string, Awaited>,
  options: ResolveOptions,
): Promise<Result<Resolved, Unresolved>> {
  const promises = promisesIn(args)
  if (promises.length === 0) return ok({ args, from: [] })
  const values = new Map<string, Put>()
  const from = new Map<string, CID>()
  let size = 0
  let stay = 0
  for (const { branch, target } of promises) {
    const key = `${branch} ${cidKey(target)}`
    const name = options.inPlace?.get(cidKey(target))
    if (name) {
      const value = awaitValue({ branch, target: name })
      values.set(key, { value, opened: value, size: 0 })
      stay += 1
      continue
    }
    const awaited = receipts.get(cidKey(target))
    if (!awaited) throw new Error(`the receipt of ${target} is at hand before it is put in`)
    const { receipt } = awaited
    if (!values.has(key)) {
      const value = await branchValue(branch, target, awaited, options)
      if ('error' in value) return value
      values.set(key, { ...value.ok, size: encode(value.ok.value).length })
    }
    from.set(cidKey(receipt.cid), receipt.cid)
    // A value counts as often as it is put in, and before it is: a small task may ask for it many times.
    size += values.get(key)?.size ?? 0
    if (size > limits.blockBytesMax) return error(tooLarge(`have more than ${limits.blockBytesMax} bytes`))
  }
  const resolved = putIn(args, key => values.get(key)?.value)
  const fits = asValue(resolved, limits.valueDepthMax)
  if ('error' in fits) return error(tooLarge(fits.error.message))
  const left = promisesIn(resolved)
  const [strange] = left.length === stay ? [] : left
  if (strange) return error(promiseLeft(strange.target))
  const isOpened = [...values.values()].some(({ value, opened }) => value !== opened)
  const opened = isOpened ? { opened: putIn(args, key => values.get(key)?.opened) } : {}
  return ok({ args: resolved, ...opened, from: [...from.values()] })
}

function putIn(args: ValueMap, valueAt: (key: string) => Value | undefined): ValueMap {
  const resolved: Record<string, Value> = {}
  for (const [key, value] of Object.entries(args)) {
    const put = mapPromises(value, isLink, ({ branch, target }) => valueAt(`${branch} ${cidKey(target)}`) ?? null)
    setKey(resolved, key, put)
  }
  return resolved
}

async function branchValue(
  branch: Branch,
  task: CID,
  { receipt, secret }: Awaited,
  { getBlock, seal }: ResolveOptions,
): Promise<Result<Pick<Put, 'value' | 'opened'>, BranchMismatch | Failure>> {
  const got = 'ok' in receipt.out ? 'ok' : 'error'
  if (branch !== '*' && branch !== got) return error(branchMismatch(branch, got, task, receipt))
  const out = await unspill(receipt.out, getBlock)
  if ('error' in out) return out
  const value = valueOn(branch, out.ok)
  if (!secret || !seal || !isSealedOutcome(out.ok)) return ok({ value, opened: value })
  const opened = await openOutcome(out.ok, getBlock, seal)
  return 'error' in opened ? opened : ok({ value, opened: valueOn(branch, opened.ok) })
}

function valueOn(branch: Branch, out: Outcome): Value {
  return branch === '*' ? { ...out } : 'ok' in out ? out.ok : out.error
}

function branchMismatch(expected: Branch, got: Branch, task: CID, from: Receipt): BranchMismatch {
  const did = got === 'ok' ? `the error of ${task}, which succeeded` : `${task}, which failed`
  return { name: 'BranchMismatch', message: `not run: it awaits ${did}`, expected, got, task, from }
}

function tooLarge(problem: string): ArgumentsTooLarge {
  const message = `its arguments, promises replaced by values, ${problem}; pass large values as bytes, which travel as files`
  return { name: 'ArgumentsTooLarge', message }
}

function promiseLeft(target: CID): PromiseInArguments {
  const message = `what was put into its arguments reads as a promise of ${target}, and is no value; wrap it in something else`
  return { name: 'PromiseInArguments', message }
}

/** Whether a task could not start since the branch that it awaits is closed. */
export function isMismatch(failure: Unresolved): failure is BranchMismatch {
  return failure.name === 'BranchMismatch'
}
