/** The known word that somebody may have meant who wrote another one. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3))
  const near = known
    .map(one => ({ one, far: Math.min(distance(word, one), distance(lastOf(word), lastOf(one)) + 1) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far)
  return near[0]?.one
}

/** The last part of `serve.port`. */
function lastOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1)
}

/** How many characters have to be put in, left out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + (character === b[j] ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
