/** The literal texts of a pattern, between its stars: one more than there are stars. */
export type Glob = readonly string[]

/** Reads a pattern: `*` stands for any text, `\*` for a star, all else for itself (UCAN Delegation § Like). */
export function parseGlob(pattern: string): Glob {
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '\\' && pattern[i + 1] === '*') {
      part += '*'
      i += 1
    } else if (pattern[i] === '*') {
      // Stars in a row are one.
      if (parts.length === 0 || part !== '') parts.push(part)
      part = ''
    } else {
      part += pattern[i]
    }
  }
  return [...parts, part]
}

/** A pattern as text. */
export function printGlob(glob: Glob): string {
  return glob.map(part => part.replaceAll('*', '\\*')).join('*')
}

/**
 * Whether the whole text fits the pattern. Every part is looked for once, from where the one before ended, by a search
 * that never goes back: the time is linear in pattern and text, whatever they are.
 */
export function matchesGlob(glob: Glob, text: string): boolean {
  const first = glob[0] ?? ''
  const last = glob.at(-1) ?? ''
  if (glob.length < 2) return text === first
  const end = text.length - last.length
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (let i = 1; i < glob.length - 1; i++) {
    const part = glob[i] ?? ''
    const found = find(part, text, at, end)
    if (found === -1) return false
    at = found + part.length
  }
  return true
}

/** Where `part` first stands in `text` between two places (Knuth–Morris–Pratt). */
function find(part: string, text: string, from: number, to: number): number {
  if (part.length === 0) return from
  if (to - from < part.length) return -1
  const borders = bordersOf(part)
  let matched = 0
  for (let i = from; i < to; i++) {
    while (matched > 0 && text.charCodeAt(i) !== part.charCodeAt(matched)) matched = borders[matched - 1] ?? 0
    if (text.charCodeAt(i) === part.charCodeAt(matched)) matched += 1
    if (matched === part.length) return i - matched + 1
  }
  return -1
}

/** For every prefix, how long the longest text is that both starts and ends it. */
function bordersOf(part: string): Uint32Array {
  const borders = new Uint32Array(part.length)
  let length = 0
  for (let i = 1; i < part.length; i++) {
    while (length > 0 && part.charCodeAt(i) !== part.charCodeAt(length)) length = borders[length - 1] ?? 0
    if (part.charCodeAt(i) === part.charCodeAt(length)) length += 1
    borders[i] = length
  }
  return borders
}
