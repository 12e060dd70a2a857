import { error, ok, type CID, type Failure, type GetBlock, type Result, type Value, type ValueMap } from '@ipvm/ipld'
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
  /** The receipt that took the other branch. */
  readonly from: Receipt
}

/** Puts values in place of promises; `receipts` has every awaited task's, by name. Failure: `BranchMismatch`, or that of a value whose block cannot be read. */
export async function resolve(
  args: ValueMap,
  receipts: ReadonlyMap<string, Receipt>,
  getBlock: GetBlock,
): Promise<Result<Resolved, BranchMismatch | Failure>> {
  const promises = promisesIn(args)
  const values = new Map<string, Value>()
  const from = new Map<string, CID>()
  for (const { branch, target } of promises) {
    const receipt = receipts.get(target.toString())
    if (!receipt) throw new Error(`the receipt of ${target} is at hand before it is put in`)
    const value = await branchValue(branch, target, receipt, getBlock)
    if ('error' in value) return value
    values.set(`${branch} ${target}`, value.ok)
    from.set(receipt.cid.toString(), receipt.cid)
  }
  const resolved: Record<string, Value> = {}
  for (const [key, value] of Object.entries(args)) {
    resolved[key] = mapPromises(value, isLink, ({ branch, target }) => values.get(`${branch} ${target}`) ?? null)
  }
  return ok({ args: resolved, from: [...from.values()] })
}

async function branchValue(
  branch: Branch,
  task: CID,
  receipt: Receipt,
  getBlock: GetBlock,
): Promise<Result<Value, BranchMismatch | Failure>> {
  const { out } = receipt
  if ('ok' in out) {
    if (branch === 'error') return error(branchMismatch(branch, 'ok', task, receipt))
    const value = await unspill(out.ok, getBlock)
    return branch === 'ok' || 'error' in value ? value : ok({ ok: value.ok })
  }
  if (branch === 'ok') return error(branchMismatch(branch, 'error', task, receipt))
  return ok(branch === 'error' ? out.error : { error: out.error })
}

function branchMismatch(expected: Branch, got: Branch, task: CID, from: Receipt): BranchMismatch {
  const message =
    got === 'ok'
      ? `not run: it awaits the error of ${task}, which succeeded`
      : `not run: it awaits ${task}, which failed`
  return { name: 'BranchMismatch', message, expected, got, from }
}
