import { blockOf, cidKey, error, linksOf, ok, type Block, type Result, type ValueMap } from '@ipvm/ipld'
import { findProofs } from '@ipvm/ucan/chain'
import { covers, type Command } from '@ipvm/ucan/command'
import { readContainer } from '@ipvm/ucan/container'
import { decodeDelegation, type Delegation } from '@ipvm/ucan/delegation'
import { sameDid, type Did } from '@ipvm/varsig'
import type { MalformedProofs } from '../failure.ts'
import { proofsMax } from '../limits.ts'

/** What proves what one may do: delegations, or a container of them as bytes or as text (`ipvm delegate` prints one). */
export type ProofSource = readonly Delegation[] | Uint8Array | string

/** Reads delegations; other tokens of a container are passed over. Failure: `MalformedProofs`. */
export async function readProofs(source: ProofSource): Promise<Result<readonly Delegation[], MalformedProofs>> {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source.trim()) : source
  if (!(bytes instanceof Uint8Array)) return ok(bytes.slice(0, proofsMax))
  const container = await readContainer(bytes)
  if ('error' in container) return malformed(container.error.message)
  const delegations = container.ok.tokens.flatMap(token => {
    const delegation = decodeDelegation(token)
    return 'ok' in delegation ? [delegation.ok] : []
  })
  return delegations.length > 0 ? ok(delegations.slice(0, proofsMax)) : malformed('there is no delegation in it')
}

/**
 * What lets the node read for whom it asks what the arguments link to and does not go along (ADR 129): they may have brought it
 * before, or have only its name. A module is run, and takes no right to read it.
 */
export function proofsToRead(
  delegations: readonly Delegation[],
  { mod: _, ...inputs }: ValueMap,
  along: readonly Block[],
): readonly Delegation[] {
  const brought = new Map(along.map(block => [cidKey(block.cid), block]))
  const pending = [...linksOf(blockOf(inputs))]
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    const block = brought.get(cidKey(cid))
    if (!block) return delegations.filter(({ cmd }) => covers(cmd, '/block/get'))
    pending.push(...linksOf(block))
  }
  return []
}

function malformed(problem: string): Result<never, MalformedProofs> {
  const message = `"proofs" are no delegations: ${problem}; give what ipvm delegate printed`
  return error({ name: 'MalformedProofs', message })
}

/** The chain, root first, that lets an agent ask another for something; where none does, the one that comes closest. */
export function proofsFor(
  delegations: readonly Delegation[],
  asked: { readonly iss: Did; readonly sub: Did; readonly cmd: Command; readonly args: ValueMap },
  now: number,
): readonly Delegation[] {
  return sameDid(asked.iss, asked.sub) ? [] : findProofs(delegations, asked, now)
}
