import type { CID } from '@ipvm/ipld'
import type { Did } from '@ipvm/varsig'

/** Knows which delegations were revoked, and by whom (UCAN Revocation). What it once said it says for good. */
export interface RevocationView {
  /** Everyone who revoked the delegation of this name, DIDs without fragments. */
  revokersOf(cid: CID): Iterable<Did> | Promise<Iterable<Did>>
}
