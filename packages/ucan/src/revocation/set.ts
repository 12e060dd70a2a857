import { cidKey, error, ok, type CID, type Failure, type Result, type Unit } from '@ipvm/ipld'
import { withoutFragment, type Did } from '@ipvm/varsig'
import { revocationsMax } from '../limits.ts'
import type { Revocation } from './revocation.ts'
import type { RevocationView } from './view.ts'

/** The set holds as many revocations as it may; nothing was forgotten. */
export interface RevocationSetFull extends Failure {
  readonly name: 'RevocationSetFull'
}

/** Revocations in memory. They may come before what they revoke, in any order and more than once; none is forgotten. */
export class RevocationSet implements RevocationView {
  readonly #revokers = new Map<string, Set<Did>>()
  readonly #max: number
  #size = 0

  constructor(max = revocationsMax) {
    this.#max = max
  }

  /** Adds a revocation that `readRevocation` or `revoke` gave. Failure: `RevocationSetFull`. */
  add({ revoke, iss }: Pick<Revocation, 'revoke' | 'iss'>): Result<Unit, RevocationSetFull> {
    const key = cidKey(revoke)
    const revokers = this.#revokers.get(key) ?? new Set()
    const revoker = withoutFragment(iss)
    if (revokers.has(revoker)) return ok({})
    if (this.#size >= this.#max) {
      return error({
        name: 'RevocationSetFull',
        message: `${this.#max} revocations are held already; ${revoke} was not added`,
      })
    }
    this.#size += 1
    this.#revokers.set(key, revokers.add(revoker))
    return ok({})
  }

  revokersOf(cid: CID): Iterable<Did> {
    return this.#revokers.get(cidKey(cid)) ?? []
  }
}
