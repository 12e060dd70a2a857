import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import {
  reconcileAsksEach,
  reconcileAsksFree,
  reconcileAsksMax,
  reconcileDifferencesMax,
  reconcileRoundsMax,
} from '../limits.ts'
import { digestOf, type DigestSet } from './digest-set.ts'
import { areSame, fingerprint, saltBytes } from './fingerprint.ts'
import { readTold, writeAsk, type MalformedMessage, type Told } from './message.ts'
import type { Digest, Place } from './place.ts'

/** What two sets do not have in common. */
export interface Difference {
  /** What the other says that it has, and this set has not. It may be a lie until the thing itself is here. */
  readonly need: readonly Uint8Array[]
  /** What this set has, and the other has not. */
  readonly have: readonly Uint8Array[]
  /** Whether that is all; false where a limit came first, and the next reconciliation finds the rest. */
  readonly isWhole: boolean
  readonly rounds: number
  /** Bytes of all messages, in both directions. */
  readonly bytes: number
}

/** The other goes on and on, and there is nothing to be found. */
export interface EndlessTalk extends Failure {
  readonly name: 'EndlessTalk'
}

/** With whom, and about what. */
export interface ReconcileOptions<E extends Failure> {
  /** The name of the set, as the other knows it. */
  readonly set: string
  /** Sends a message and gives its answer. */
  readonly send: (message: Uint8Array) => Promise<Result<Uint8Array, E>>
  readonly random: (count: number) => Uint8Array
  readonly differencesMax?: number
  readonly roundsMax?: number
}

/**
 * Finds what two sets do not have in common, at a cost that is proportional to that: from the whole down, only what has
 * another fingerprint is asked about further. Neither side is changed. Failures: `MalformedMessage` and `EndlessTalk`,
 * which no honest peer causes, and those of `send`.
 */
export async function reconcile<E extends Failure>(
  mine: DigestSet,
  options: ReconcileOptions<E>,
): Promise<Result<Difference, E | MalformedMessage | EndlessTalk>> {
  const { set, send, random, roundsMax = reconcileRoundsMax } = options
  const talk = new Talk(mine, random(saltBytes), options.differencesMax ?? reconcileDifferencesMax)
  let bytes = 0
  let rounds = 0
  for (; rounds < roundsMax; rounds++) {
    const places = talk.next()
    if (places.length === 0) break
    const ask = writeAsk({ set, salt: talk.salt, places, ...(rounds === 0 && { whole: talk.whole() }) })
    const answer = await send(ask)
    if ('error' in answer) return answer
    bytes += ask.length + answer.ok.length
    const told = readTold(answer.ok, places)
    if ('error' in told) return told
    if (told.ok.length === 0) return error(endlessTalk('it answers about none of the places'))
    for (const [n, one] of told.ok.entries()) talk.hear(places[n] ?? '', one)
    talk.open(places.slice(told.ok.length))
    if (talk.isEndless())
      return error(endlessTalk(`${talk.asked} places were asked about for ${talk.found} differences`))
  }
  return ok({ need: talk.need.map(digestOf), have: talk.have.map(digestOf), isWhole: talk.isWhole(), rounds, bytes })
}

/** What is known so far, and what is to be asked. */
class Talk {
  readonly salt: Uint8Array
  readonly need: Digest[] = []
  readonly have: Digest[] = []
  asked = 0
  readonly #mine: DigestSet
  readonly #differencesMax: number
  /** More was found than is looked for. */
  #isCut = false
  /** The last ones are asked about first: so what is to be asked stays little, however much there is to find. */
  readonly #open: Place[] = ['']

  constructor(mine: DigestSet, salt: Uint8Array, differencesMax: number) {
    this.#mine = mine
    this.salt = salt
    this.#differencesMax = differencesMax
  }

  get found(): number {
    return this.need.length + this.have.length
  }

  whole(): Uint8Array {
    return fingerprint(this.#mine.at('').hash(), this.salt)
  }

  /** What to ask about now; nothing where all is known, or enough. */
  next(): readonly Place[] {
    if (this.found >= this.#differencesMax) return []
    const places = this.#open.splice(-reconcileAsksMax)
    this.asked += places.length
    return places
  }

  open(places: readonly Place[]): void {
    this.#open.push(...places)
    this.asked -= places.length
  }

  isWhole(): boolean {
    return this.#open.length === 0 && !this.#isCut
  }

  /** An honest peer's answers lead somewhere: each difference is found in a few steps. */
  isEndless(): boolean {
    return this.asked > reconcileAsksFree + reconcileAsksEach * this.found
  }

  hear(place: Place, told: Told): void {
    if (told.kind === 'list') this.#compare(this.#mine.at(place).digests(), told.digests)
    if (told.kind !== 'parts') return
    for (const [lower, theirs] of told.parts) {
      const part = this.#mine.at(lower)
      if (part.count === 0 || !areSame(fingerprint(part.hash(), this.salt), theirs)) this.#open.push(lower)
    }
    this.#onlyMine(place, told.parts)
  }

  /** What is below a place in this set, where the other has nothing. */
  #onlyMine(place: Place, theirs: ReadonlyMap<Place, Uint8Array>): void {
    const depth = [...theirs.keys()][0]?.length ?? place.length
    for (const [lower, part] of this.#mine.placesBelow(place)) {
      if (lower.length < depth) this.#onlyMine(lower, theirs)
      else if (!theirs.has(lower)) this.#keep(this.have, part.digests())
    }
  }

  #compare(mine: Iterable<Digest>, theirs: readonly Digest[]): void {
    const own = new Set(mine)
    const others = new Set(theirs)
    this.#keep(
      this.need,
      theirs.filter(digest => !own.has(digest)),
    )
    this.#keep(
      this.have,
      [...own].filter(digest => !others.has(digest)),
    )
  }

  #keep(list: Digest[], digests: Iterable<Digest>): void {
    for (const digest of digests) {
      if (this.found >= this.#differencesMax) {
        this.#isCut = true
        return
      }
      list.push(digest)
    }
  }
}

function endlessTalk(problem: string): EndlessTalk {
  return { name: 'EndlessTalk', message: `the other leads nowhere: ${problem}` }
}
