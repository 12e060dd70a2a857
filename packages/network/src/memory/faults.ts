/** What a simulated network does to what is sent over it. Probabilities from 0 to 1, delays in milliseconds. */
export interface Faults {
  /** A request that never arrives, an answer that never does, a message of a topic that is lost. */
  readonly drop: number
  /** A request that arrives twice, as one that was sent again; a message of a topic that does. */
  readonly duplicate: number
  /** A block stream that breaks off before its next block. */
  readonly cut: number
  /** A flipped bit, in whatever travels. */
  readonly corrupt: number
  /** How long anything is under way: at least, and at most. What is under way for longer is overtaken. */
  readonly delay: readonly [least: number, most: number]
}

/** A network that does what it should. */
export const noFaults: Faults = { drop: 0, duplicate: 0, cut: 0, corrupt: 0, delay: [0, 0] }

/** Random numbers that a seed decides. */
export interface FaultRandom {
  /** From 0 up to and without 1. */
  fraction(): number
}

/** What happens to one thing that is sent, drawn from the seed. */
export interface Fate {
  readonly isLost: boolean
  readonly copies: number
  readonly delays: readonly number[]
}

/** Draws the fate of something that is sent. */
export function fateOf({ drop, duplicate, delay: [least, most] }: Faults, random: FaultRandom): Fate {
  const isLost = happens(drop, random)
  const copies = happens(duplicate, random) ? 2 : 1
  const delays = Array.from({ length: copies }, () => least + (most > least ? random.fraction() * (most - least) : 0))
  return { isLost, copies, delays }
}

/** Draws whether something happens; a fault that is off draws nothing, so that the others keep their numbers. */
export function happens(probability: number, random: FaultRandom): boolean {
  return probability > 0 && random.fraction() < probability
}

/** The same bytes in memory of their own, now and then with a flipped bit. */
export function carried(bytes: Uint8Array, { corrupt }: Faults, random: FaultRandom): Uint8Array {
  const copy = bytes.slice()
  if (copy.length === 0 || !happens(corrupt, random)) return copy
  const at = Math.floor(random.fraction() * copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random.fraction() * 8))
  return copy
}
