import { call, effects, promise, type Effects } from '@ipvm/author/effects'
import type { u32 } from '@ipvm/author/types'

/** How often a word is in a text, or in all of them. */
export interface Count {
  readonly word: string
  readonly times: u32
}

/**
 * Counts the words of texts: each text is a task of its own, that any machine may do and that is known the next time, and one
 * more adds up what they give. Its outcome is what the workflow gets.
 *
 * @param self the module of this function
 */
export function count(self: string, texts: readonly string[]): Effects<u32> {
  const maps = texts.map(text => call(self, 'map', [text]))
  return effects({ value: maps.length, fork: maps, join: call(self, 'reduce', [maps.map(map => promise(map))]) })
}

/** The words of one text. */
export function map(text: string): Count[] {
  const times = new Map<string, number>()
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) times.set(word, (times.get(word) ?? 0) + 1)
  return counts(times)
}

/** The ten words that are most often in all texts. */
export function reduce(texts: readonly (readonly Count[])[]): Count[] {
  const times = new Map<string, number>()
  for (const words of texts) for (const { word, times: more } of words) times.set(word, (times.get(word) ?? 0) + more)
  return counts(times).slice(0, 10)
}

/** The most frequent first; of two that are as frequent, by the alphabet. */
function counts(times: ReadonlyMap<string, number>): Count[] {
  const list = Array.from(times, ([word, often]) => ({ word, times: often }))
  return list.sort((a, b) => b.times - a.times || (a.word < b.word ? -1 : 1))
}
