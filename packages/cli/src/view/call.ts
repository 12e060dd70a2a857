import { CID, decode, isMap, type Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { readReceipt, readTask, resolvedName } from '@ipvm/ucan'

/** A call of a function, as a task has it. */
export interface FunctionCall {
  readonly mod: CID
  readonly fun: string
  readonly params: readonly Value[]
}

/** The call of a task of `/wasm/run`; nothing where it is not stored, or is another task. */
export async function callOf(node: IpvmNode, task: CID): Promise<FunctionCall | undefined> {
  const block = await node.block(task)
  const value = 'ok' in block ? decode(block.ok) : block
  const read = 'ok' in value && isMap(value.ok) ? readTask(value.ok) : undefined
  if (!read || 'error' in read) return undefined
  const { mod, fun, params } = read.ok.args
  return mod instanceof CID && typeof fun === 'string' && Array.isArray(params) ? { mod, fun, params } : undefined
}

/** The call behind a receipt. */
export async function callOfReceipt(node: IpvmNode, receipt: CID): Promise<FunctionCall | undefined> {
  const block = await node.block(receipt)
  const read = 'ok' in block ? await readReceipt(block.ok) : block
  return 'ok' in read ? callOf(node, resolvedName(read.ok)) : undefined
}
