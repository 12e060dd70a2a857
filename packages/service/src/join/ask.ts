import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import type { Network } from '@ipvm/network'
import {
  limits,
  readContainer,
  readReceipt,
  writeContainer,
  type Delegation,
  type Invocation,
  type Outcome,
} from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import { joinWithin } from '../limits.ts'

/** A node answered what no node should. */
export interface NoReceipt extends Failure {
  readonly name: 'NoReceipt'
}

/**
 * Asks a node to do something, and gives the outcome of its receipt: signed by the agent that was asked, about what was
 * asked. Failures: `NoReceipt`, and those of the network.
 */
export async function askOutcome(
  network: Pick<Network, 'request'>,
  address: string,
  { invocation, proofs }: { readonly invocation: Invocation; readonly proofs: readonly Delegation[] },
): Promise<Result<Outcome, Failure>> {
  const tokens = [invocation.envelope.bytes, ...proofs.map(({ envelope }) => envelope.bytes)]
  const bytes = await writeContainer(tokens)
  const options = { within: joinWithin, wait: joinWithin / 2, answerBytesMax: limits.containerBytesMax }
  const answer = await network.request(address, { type: 'container', bytes }, options)
  // Why it was refused, in the words of who did it, says more than that it was.
  if ('error' in answer) return error(answer.error.reason ?? answer.error)
  const container = await readContainer(answer.ok.bytes)
  if ('error' in container) return noReceipt(address, container.error.message)
  const { sub, aud = sub, task } = invocation
  for (const token of container.ok.tokens) {
    const receipt = await readReceipt(token)
    if ('ok' in receipt && receipt.ok.ran.equals(task) && sameDid(receipt.ok.iss, aud)) return ok(receipt.ok.out)
  }
  return noReceipt(address, `it gave no receipt of ${aud}`)
}

function noReceipt(address: string, problem: string): { readonly error: NoReceipt } {
  return error({ name: 'NoReceipt', message: `${address} did not answer as a node does: ${problem}` })
}
