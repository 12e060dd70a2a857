import type { LocalName, NameIndex } from './store.ts'

/** Records by falling number, one of each: the first that is listed. */
export function newestFirst(records: readonly NameIndex[]): readonly NameIndex[] {
  const bySeq = new Map<number, NameIndex>()
  for (const record of records) if (!bySeq.has(record.seq)) bySeq.set(record.seq, record)
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq)
}

/** What local names stand for, by the names, one of each: the last that is listed. */
export function inOrder(names: readonly LocalName[]): readonly LocalName[] {
  const byName = new Map(names.map(name => [name.local, name]))
  return [...byName.values()].sort((a, b) => (a.local < b.local ? -1 : 1))
}
