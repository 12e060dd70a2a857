import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { reconcileListMax, reconcileMessageBytesMax } from '../limits.ts'
import type { DigestSet } from './digest-set.ts'
import { areSame, fingerprint } from './fingerprint.ts'
import { readAsk, toldBytes, writeTold, type Ask, type MalformedMessage, type Told } from './message.ts'
import type { Place } from './place.ts'

/** There is no set of that name for whoever asks. */
export interface NoSuchSet extends Failure {
  readonly name: 'NoSuchSet'
}

/** From how many digests on the first answer tells of two levels at once, which saves a round trip. */
const twoLevelsFrom = reconcileListMax * 64

/**
 * Answers one message of a reconciliation. Nothing is kept between messages: whoever asks does the work, and each place
 * costs as many steps as it is deep, and the hashes of what has changed below. Failures: `MalformedMessage`, `NoSuchSet`.
 */
export function answerReconcile(
  bytes: Uint8Array,
  setOf: (name: string) => DigestSet | undefined,
): Result<Uint8Array, MalformedMessage | NoSuchSet> {
  const ask = readAsk(bytes)
  if ('error' in ask) return ask
  const set = setOf(ask.ok.set)
  if (!set) return error({ name: 'NoSuchSet', message: `there is no set "${ask.ok.set}" to reconcile here` })
  const told: Uint8Array[] = []
  let size = 0
  for (const place of ask.ok.places) {
    const answer = toldBytes(place, toldOf(set, place, ask.ok))
    size += answer.length + 5
    if (size > reconcileMessageBytesMax) break
    told.push(answer)
  }
  return ok(writeTold(told))
}

function toldOf(set: DigestSet, place: Place, { salt, whole }: Ask): Told {
  const part = set.at(place)
  if (place === '' && whole && areSame(fingerprint(part.hash(), salt), whole)) return { kind: 'same' }
  if (part.count <= reconcileListMax) return { kind: 'list', digests: [...part.digests()] }
  const next = set.placesBelow(place)
  const lower = place === '' && part.count >= twoLevelsFrom ? next.flatMap(([one]) => set.placesBelow(one)) : next
  return { kind: 'parts', parts: new Map(lower.map(([one, { hash }]) => [one, fingerprint(hash(), salt)])) }
}
