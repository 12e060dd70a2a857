import type { NameIndex, Pin } from './store.ts'

/** Records by falling number, one of each: the first that is listed. */
export function newestFirst(records: readonly NameIndex[]): readonly NameIndex[] {
  const bySeq = new Map<number, NameIndex>()
  for (const record of records) if (!bySeq.has(record.seq)) bySeq.set(record.seq, record)
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq)
}

/** Pins by their local names, one of each: the last that is listed. */
export function inOrder(pins: readonly Pin[]): readonly Pin[] {
  const byName = new Map(pins.map(pin => [pin.local, pin]))
  return [...byName.values()].sort((a, b) => (a.local < b.local ? -1 : 1))
}
