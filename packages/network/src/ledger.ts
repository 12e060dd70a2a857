import { guiltHalfLife, guiltMax, ledgerPeersMax } from './limits.ts'
import type { PeerName } from './peer.ts'

/** What a peer did that no honest one does, and how much each counts. At `guiltMax` together it is set aside. */
const weights = {
  /** Bytes under the name of other bytes: nobody sends these by accident, since every side checks. */
  WrongBlock: 10,
  /** Blocks that nobody asked for. */
  UnwantedBlock: 4,
  /** What is no sentence of the protocol. */
  Garbage: 4,
  /** More bytes than were asked for, or than it had said. */
  WrongSize: 4,
  /** More messages than anybody has to say. */
  Flood: 2,
  /** Something signed that its signature does not cover. */
  Forgery: 10,
  /** A reconciliation that goes on and finds nothing. */
  EndlessTalk: 5,
} as const

/** What a peer did that no honest one does. */
export type Misdeed = keyof typeof weights

/** Why, and for how long, a peer is set aside. */
export interface SetAside {
  /** The worst of its misdeeds that count still. */
  readonly why: Misdeed
  /** For how many milliseconds from now, if it does nothing more. */
  readonly remaining: number
}

interface Entry {
  guilt: number
  at: number
  why: Misdeed
}

/**
 * Who misbehaved, and how much of it still counts. Guilt halves every {@link guiltHalfLife} milliseconds, so that a peer
 * is set aside for a while, the longer the worse it was, and nobody for ever: its address may be another's tomorrow.
 */
export class Ledger {
  readonly #milliseconds: () => number
  readonly #entries = new Map<PeerName, Entry>()

  /** @param milliseconds a clock that only goes forward */
  constructor(milliseconds: () => number) {
    this.#milliseconds = milliseconds
  }

  /** Writes down a misdeed; true where the peer is set aside by it and was not before. */
  add(peer: PeerName, misdeed: Misdeed): boolean {
    const now = this.#milliseconds()
    const entry = this.#entries.get(peer)
    const before = entry ? decayed(entry, now) : 0
    if (!entry) this.#makeRoom(now)
    const why = entry && before >= weights[misdeed] ? entry.why : misdeed
    // Capped, or a flood of a minute would be remembered for a day.
    this.#entries.set(peer, { guilt: Math.min(before + weights[misdeed], guiltMax * 8), at: now, why })
    return before < guiltMax && before + weights[misdeed] >= guiltMax
  }

  /** Why a peer is not to be dealt with now; undefined where it may be. */
  setAside(peer: PeerName): SetAside | undefined {
    const entry = this.#entries.get(peer)
    if (!entry) return undefined
    const guilt = decayed(entry, this.#milliseconds())
    // Half of what set it aside has to be forgotten, or the next small misdeed would do it at once.
    if (guilt <= guiltMax / 2) {
      if (guilt < 1) this.#entries.delete(peer)
      return undefined
    }
    if (entry.guilt < guiltMax) return undefined
    return { why: entry.why, remaining: Math.ceil(guiltHalfLife * Math.log2((2 * guilt) / guiltMax)) }
  }

  /** Everyone who is set aside. */
  list(): readonly (readonly [PeerName, SetAside])[] {
    return [...this.#entries.keys()].flatMap(peer => {
      const aside = this.setAside(peer)
      return aside ? [[peer, aside] as const] : []
    })
  }

  /** A person said that this one is to be dealt with again. */
  forgive(peer: PeerName): void {
    this.#entries.delete(peer)
  }

  #makeRoom(now: number): void {
    if (this.#entries.size < ledgerPeersMax) return
    let least: readonly [PeerName, number] | undefined
    for (const [peer, entry] of this.#entries) {
      const guilt = decayed(entry, now)
      if (!least || guilt < least[1]) least = [peer, guilt]
    }
    if (least) this.#entries.delete(least[0])
  }
}

function decayed(entry: Entry, now: number): number {
  return entry.guilt * 2 ** (-(now - entry.at) / guiltHalfLife)
}
