import type { CID } from '@ipvm/ipld'
import { anyAllows, type Command, type Delegation, type RevocationView } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Wallet } from '../wallet.ts'
import type { PeerBook } from './peer-book.ts'

/** What a wallet looks into. */
export interface WalletParts {
  /** Who asks others by it. */
  readonly did: Did
  readonly book: Pick<PeerBook, 'read'>
  readonly revocations: RevocationView
  readonly now: () => number
}

/**
 * The delegations that peers gave to a node: the shortest chain that leads from the agent to this node, current and not
 * taken back as far as is known here; none where the list of peers cannot be read.
 */
export function bookWallet({ did, book, revocations, now }: WalletParts): Wallet {
  return {
    proofs: async (sub: Did, cmd: Command): Promise<readonly Delegation[]> => {
      const peers = await book.read()
      if ('error' in peers) return []
      const all = new Map<string, Delegation>()
      for (const { delegations } of peers.ok.peers) for (const one of delegations) all.set(keyOf(one.envelope.cid), one)
      const allowed = await anyAllows({ iss: did, sub, cmd }, [...all.values()], { now: now(), revocations })
      return 'ok' in allowed ? allowed.ok : []
    },
  }
}

function keyOf(cid: CID): string {
  return cid.toString()
}
