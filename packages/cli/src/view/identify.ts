import { codec, decode, isMap, ok, type CID, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { RunRecord } from '@ipvm/store'
import { decodeInvocation, isCommand, readReceipt, receiptCommand, type Receipt } from '@ipvm/ucan'
import { decodeWorkflow, workflowTag, type Workflow } from '@ipvm/workflow'
import { reportValue } from '../display/usage.ts'
import { viewToken, type TokenView } from './token.ts'

/** What a CID names, read from the store and verified. `json` is the same for programs; of a run, see `runValue`. */
export type Thing = { readonly json: ValueMap } & (
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'run'; readonly run: RunRecord }
  | { readonly kind: 'task'; readonly task: ValueMap }
  | { readonly kind: 'workflow'; readonly workflow: Workflow }
  | { readonly kind: 'token'; readonly token: TokenView }
  | { readonly kind: 'value'; readonly value: Value }
)

/** Finds out what a CID names. Failure: the block is missing or damaged, or a receipt's signature is not its issuer's. */
export async function identify(node: IpvmNode, cid: CID): Promise<Result<Thing, Failure>> {
  if (cid.code === codec.raw || cid.code === codec.dagPb) {
    const bytes = await node.file(cid)
    return 'error' in bytes ? bytes : ok({ kind: 'file', bytes: bytes.ok, json: { bytes: bytes.ok.length } })
  }
  const block = await node.block(cid)
  if ('error' in block) return block
  const value = decode(block.ok)
  if ('error' in value) return value
  if (Array.isArray(value.ok)) return identifyToken(node, cid, block.ok, value.ok)
  if (isMap(value.ok)) return identifyMap(block.ok, value.ok)
  return ok({ kind: 'value', value: value.ok, json: { value: value.ok } })
}

async function identifyToken(
  node: IpvmNode,
  cid: CID,
  bytes: Uint8Array,
  value: Value,
): Promise<Result<Thing, Failure>> {
  const invocation = decodeInvocation(bytes)
  const token = await viewToken(bytes)
  if ('error' in invocation) {
    return ok(
      token.kind === 'unreadable'
        ? { kind: 'value', value, json: { value } }
        : { kind: 'token', token, json: { value } },
    )
  }
  if (invocation.ok.cmd === receiptCommand) {
    const receipt = await readReceipt(bytes)
    if ('error' in receipt) return receipt
    const { iss, exp, envelope } = invocation.ok
    const { args } = invocation.ok
    const report = await node.store.report(cid)
    const json = { iss, exp, signature: envelope.signature, ...args, ...(report && { report: reportValue(report) }) }
    return ok({ kind: 'receipt', receipt: receipt.ok, json })
  }
  const run = await node.store.run(cid)
  return ok(run ? { kind: 'run', run, json: {} } : { kind: 'token', token, json: { value } })
}

function identifyMap(bytes: Uint8Array, value: ValueMap): Result<Thing, Failure> {
  if (workflowTag in value) {
    const workflow = decodeWorkflow(bytes)
    return 'error' in workflow ? workflow : ok({ kind: 'workflow', workflow: workflow.ok, json: { document: value } })
  }
  const isTask = value.cmd !== undefined && isCommand(value.cmd) && isMap(value.args)
  return ok(isTask ? { kind: 'task', task: value, json: { task: value } } : { kind: 'value', value, json: { value } })
}
