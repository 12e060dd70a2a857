import type { CID, Value } from '@ipvm/ipld'
import type { Delegation, Invocation, InvocationFields } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { ask, base64, nameOfBytes, now } from './people.ts'

/** A proof as it is written down: a token we made, or bytes that we would not make. */
export type Proof = Delegation | Uint8Array

/** What a chain's case may say beside its name. */
export interface Story {
  readonly by: Signer
  /** Root first: what the invocation names. */
  readonly proofs?: readonly Proof[]
  /** What is at hand, where it is not just that. */
  readonly atHand?: readonly Proof[]
  readonly names?: readonly CID[]
  readonly fields?: Partial<InvocationFields>
  readonly time?: number
  readonly executor?: string
  readonly revocations?: readonly Uint8Array[]
}

/** A case of a whole chain. */
export async function chainCase(name: string, story: Story): Promise<{ readonly [field: string]: unknown }> {
  const { by, proofs = [], atHand = proofs, fields, time = now, executor, revocations } = story
  const names = story.names ?? proofs.map(nameOf)
  return {
    name,
    invocation: tokenOf(await ask(by, names, fields)),
    proofs: atHand.map(tokenOf),
    time,
    ...(executor !== undefined && { executor }),
    ...(revocations && { revocations: revocations.map(base64) }),
  }
}

/** A value under a promise's key: what another task's result will be. */
export function open(task: CID): { readonly [branch: string]: Value } {
  return { 'await/ok': task }
}

function nameOf(proof: Proof): CID {
  return proof instanceof Uint8Array ? nameOfBytes(proof) : proof.envelope.cid
}

function tokenOf(token: Proof | Invocation): string {
  return base64(token instanceof Uint8Array ? token : token.envelope.bytes)
}
