import { hostname } from 'node:os'
import type { JoinParts } from '@ipvm/service'
import type { PeerBook } from '@ipvm/service/peers'
import type { RevocationView } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { realWorld } from '../world.ts'

/** What a node says of itself to those whom it joins. */
export interface JoinOwn {
  readonly signer: Signer
  readonly book: PeerBook
  readonly revocations: RevocationView
  readonly addresses: () => readonly string[]
  /** What it calls itself; what its machine is called, where not given. */
  readonly name?: string
}

/** What a node needs to join others and to be joined. */
export function joinParts({ name = hostname(), ...own }: JoinOwn): JoinParts {
  return { ...own, name, now: realWorld.now, random: realWorld.random }
}
