import type { Block, CID, ValueMap } from '@ipvm/ipld'
import { writeContents, type Body } from '@ipvm/network'
import type { Command } from '@ipvm/ucan/command'
import type { Delegation } from '@ipvm/ucan/delegation'
import { invoke, type Invocation } from '@ipvm/ucan/invocation'
import type { Receipt } from '@ipvm/ucan/receipt'
import { noNonce, taskName } from '@ipvm/ucan/task'
import type { Did, Signer } from '@ipvm/varsig'
import { proofsFor } from './proofs.ts'

/** A request as it is sent. Its bytes never change: they are what the node knows it by. */
export interface Request {
  readonly invocation: Invocation
  /** The invocation and its proofs. */
  readonly body: Body
  /** The same with the blocks that the node needs for it. */
  readonly whole: Body
}

/** What is to be asked. */
export interface Ask {
  readonly cmd: Command
  readonly args: ValueMap
  readonly nonce: Uint8Array
  /** Seconds since 1970. */
  readonly exp: number
  /** Whose resource it is about; the node's own, where not given. */
  readonly sub?: Did
}

/** Who asks whom. */
export interface Parties {
  readonly signer: Signer
  readonly node: Did
  readonly proofs: readonly Delegation[]
  readonly now: number
}

/** Signs an invocation of the node, with the proofs that it needs among those at hand. */
export async function signAsk(
  { cmd, args, nonce, exp, sub }: Ask,
  { signer, node, proofs, now }: Parties,
): Promise<{ readonly invocation: Invocation; readonly tokens: readonly Uint8Array[] }> {
  const subject = sub ?? node
  const chain = proofsFor(proofs, { iss: signer.did, sub: subject, cmd, args }, now)
  const prf = chain.map(({ envelope }) => envelope.cid)
  const aud = subject === node ? {} : { aud: node }
  const invocation = await invoke({ sub: subject, ...aud, cmd, args, prf, nonce, exp }, signer)
  return { invocation, tokens: [invocation.envelope.bytes, ...chain.map(({ envelope }) => envelope.bytes)] }
}

/** The request of an invocation; `along` are more delegations that go with it, `blocks` what the node lacks. */
export async function requestOf(
  { invocation, tokens }: Awaited<ReturnType<typeof signAsk>>,
  blocks: readonly Block[],
  along: readonly Delegation[] = [],
): Promise<Request> {
  const all = [...tokens, ...along.map(({ envelope }) => envelope.bytes)]
  const body = await writeContents(all)
  return { invocation, body, whole: blocks.length > 0 ? await writeContents(all, blocks) : body }
}

/** Whether a receipt answers an invocation: it is of the task that was asked for, or of that task as everybody's. */
export function answers({ task, cmd, args }: Invocation, receipt: Receipt): boolean {
  if (isOf(task, receipt)) return true
  // A pure function belongs to nobody, and what it gives has a profile (ADR 99).
  return receipt.profile !== undefined && isOf(taskName({ cmd, args, nonce: noNonce }), receipt)
}

/** Whether a receipt is of the task of this name. */
export function isOf(task: CID, { ran, as }: Pick<Receipt, 'ran' | 'as'>): boolean {
  return ran.equals(task) || as?.equals(task) === true
}
