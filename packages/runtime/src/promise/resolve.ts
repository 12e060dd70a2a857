import { asValue, cidKey, encode, error, limits, ok, setKey, type CID, type Failure, type GetBlock } from '@ipvm/ipld'
import type { Result, Value, ValueMap } from '@ipvm/ipld'
import { isLink, mapPromises, promisesIn, type Branch, type Receipt } from '@ipvm/ucan'
import { unspill } from '../outcome/spill.ts'

/** A task's arguments with values in place of promises, and the receipts that gave them. */
export interface Resolved {
  readonly args: ValueMap
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

/** Puts values in place of promises; `receipts` has every awaited task's, by name. */
export async function resolve(
  args: ValueMap,
  receipts: ReadonlyMap<string, Receipt>,
  getBlock: GetBlock,
): Promise<Result<Resolved, Unresolved>> {
  const promises = promisesIn(args)
  if (promises.length === 0) return ok({ args, from: [] })
  const values = new Map<string, { readonly value: Value; readonly size: number }>()
  const from = new Map<string, CID>()
  let size = 0
  for (const { branch, target } of promises) {
    const key = `${branch} ${cidKey(target)}`
    const receipt = receipts.get(cidKey(target))
    if (!receipt) throw new Error(`the receipt of ${target} is at hand before it is put in`)
    if (!values.has(key)) {
      const value = await branchValue(branch, target, receipt, getBlock)
      if ('error' in value) return value
      values.set(key, { value: value.ok, size: encode(value.ok).length })
    }
    from.set(cidKey(receipt.cid), receipt.cid)
    // A value counts as often as it is put in, and before it is: a small task may ask for it many times.
    size += values.get(key)?.size ?? 0
    if (size > limits.blockBytesMax) return error(tooLarge(`have more than ${limits.blockBytesMax} bytes`))
  }
  const resolved: Record<string, Value> = {}
  for (const [key, value] of Object.entries(args)) {
    const put = mapPromises(
      value,
      isLink,
      ({ branch, target }) => values.get(`${branch} ${cidKey(target)}`)?.value ?? null,
    )
    setKey(resolved, key, put)
  }
  const fits = asValue(resolved, limits.valueDepthMax)
  if ('error' in fits) return error(tooLarge(fits.error.message))
  const [left] = promisesIn(resolved)
  return left ? error(promiseLeft(left.target)) : ok({ args: resolved, from: [...from.values()] })
}

async function branchValue(
  branch: Branch,
  task: CID,
  receipt: Receipt,
  getBlock: GetBlock,
): Promise<Result<Value, BranchMismatch | Failure>> {
  const got = 'ok' in receipt.out ? 'ok' : 'error'
  if (branch !== '*' && branch !== got) return error(branchMismatch(branch, got, task, receipt))
  const out = await unspill(receipt.out, getBlock)
  if ('error' in out) return out
  return ok(branch === '*' ? { ...out.ok } : 'ok' in out.ok ? out.ok.ok : out.ok.error)
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
