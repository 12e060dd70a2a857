import { error, ok, type Result, type ValueMap } from '@ipvm/ipld'
import { findProofs } from '@ipvm/ucan/chain'
import type { Command } from '@ipvm/ucan/command'
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
