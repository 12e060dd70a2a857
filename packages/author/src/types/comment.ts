import { docCharactersMax } from '../limits.ts'

/** Characters that would end a comment or a line of it, or turn what a reader sees; they come from outside. */
const unprintable = /[\p{Cc}\u2028-\u202e\u2066-\u2069\u200e\u200f]+/gu

/** Texts from outside as comments of generated code. */
export const comment = {
  /** A doc comment; no lines where there is nothing to say. */
  lines(text: string | undefined): string[] {
    const lines = (text ?? '').slice(0, docCharactersMax).trim().split('\n').map(clean)
    if (lines.length === 1) return lines[0] === '' ? [] : [`/** ${lines[0]} */`]
    return ['/**', ...lines.map(line => ` * ${line}`.trimEnd()), ' */']
  },

  /** On one line, for the end of a `//` comment. */
  oneLine(text: string): string {
    return clean(text.slice(0, docCharactersMax))
  },
}

function clean(line: string): string {
  return line.replaceAll('*/', '*\\/').replace(unprintable, ' ').trimEnd()
}
