import { cidOf, codec, error, ok, type Result } from '@ipvm/ipld'
import { readContents, type Body, type Refusal } from '@ipvm/network'
import { Brought } from '@ipvm/runtime'
import {
  decodeDelegation,
  openEnvelope,
  readInvocation,
  receiptCommand,
  revokeCommand,
  type Delegation,
  type Invocation,
  type VerifiedTokens,
} from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { invocationsMax } from '../limits.ts'
import { refused } from './refusal.ts'

/** What a body asks for, and what came along. Nothing but the names of blocks is verified. */
export interface RequestContents {
  readonly invocations: readonly Invocation[]
  readonly receipts: readonly Uint8Array[]
  readonly brought: Brought
}

/** Reads a body that came in. A delegation that was verified lately need not be decoded again. */
export async function readRequest(
  body: Body,
  node: Did,
  verified: VerifiedTokens,
): Promise<Result<RequestContents, Refusal>> {
  const contents = await readContents(body)
  if ('error' in contents) return refused(contents.error)
  const invocations: Invocation[] = []
  const others: Invocation[] = []
  const delegations: Delegation[] = []
  const receipts: Uint8Array[] = []
  for (const token of contents.ok.tokens) {
    const cid = cidOf(codec.dagCbor, token)
    const known = verified.get(cid)
    if (known) {
      delegations.push(known)
      continue
    }
    const envelope = openEnvelope(token, cid)
    if ('error' in envelope) return refused({ ...envelope.error, message: `a token: ${envelope.error.message}` })
    if (envelope.ok.type === 'dlg') {
      const delegation = decodeDelegation(token, cid)
      if ('error' in delegation) return refused(delegation.error)
      delegations.push(delegation.ok)
      continue
    }
    const invocation = readInvocation(envelope.ok)
    if ('error' in invocation) return refused(invocation.error)
    if (invocation.ok.cmd === receiptCommand) receipts.push(token)
    else if (isFor(node, invocation.ok)) invocations.push(invocation.ok)
    else others.push(invocation.ok)
  }
  const count = invocations.length + others.length
  if (count === 0) return error(nothingAsked)
  if (count > invocationsMax) return error(tooMany(count))
  // Where none is for this node, each is told so.
  if (invocations.length === 0) invocations.push(...others)
  return ok({ invocations, receipts, brought: new Brought(contents.ok.blocks, delegations, others) })
}

/** Whether an invocation is for this node to obey, and not one that came along for another. A revocation is for everybody. */
function isFor(node: Did, { cmd, sub, aud = sub }: Invocation): boolean {
  return cmd === revokeCommand || sameDid(aud, node)
}

const nothingAsked: Refusal = {
  name: 'Refused',
  status: 400,
  message: 'the container has no invocation, so that nothing is asked for',
}

function tooMany(count: number): Refusal {
  const message = `the container has ${count} invocations; at most ${invocationsMax} are answered together`
  return { name: 'TooLarge', message }
}
