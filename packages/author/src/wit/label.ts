/**
 * A name as WIT labels it: words in lower case with dashes between them (`parseHTML` is `parse-html`). Undefined for a
 * name that WIT cannot spell: one with other letters than ASCII's, or with a word that begins with a digit.
 */
export function labelOf(name: string): string | undefined {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .split(/[-_ ]/)
    .map(word => word.toLowerCase())
  return words.every(word => /^[a-z][a-z0-9]*$/.test(word)) ? words.join('-') : undefined
}

/** The name that engines look a label up by. */
export function camelCase(label: string): string {
  return label.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Why a name has no label, and what to do. */
export function unspellable(name: string): string {
  const why = /[^\x20-\x7e]/.test(name) ? 'holds letters that WIT does not have' : 'is no name that WIT can spell'
  return `the name "${name}" ${why}; use words of a-z and 0-9 that begin with a letter`
}
