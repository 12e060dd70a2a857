/** An S-expression of the text format; `start` and `end` enclose it in the source (WebAssembly § Text Format, Lexical). */
export type Expression =
  | { readonly kind: 'list'; readonly items: readonly Expression[]; readonly start: number; readonly end: number }
  | { readonly kind: 'atom'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'string'; readonly bytes: Uint8Array; readonly start: number; readonly end: number }

/** White space, comments, brackets, strings, and everything else up to one of those. */
const token = /[ \t\r\n]+|;;[^\r\n]*|\(;|\(|\)|"(?:[^"\\]|\\.)*"|[^\s()";]+|;/y

/** Reads all expressions of a source. A source that is not well-formed throws: scripts come from the specification. */
export function readExpressions(source: string): readonly Expression[] {
  const open: { readonly items: Expression[]; readonly start: number }[] = [{ items: [], start: 0 }]
  let at = 0
  while (at < source.length) {
    token.lastIndex = at
    const text = token.exec(source)?.[0]
    const list = open.at(-1)
    if (text === undefined || !list) throw new SyntaxError(`no token of the text format at character ${at}`)
    const start = at
    at = text === '(;' ? endOfComment(source, start) : start + text.length
    if (text === '(') open.push({ items: [], start })
    else if (text === ')') {
      open.pop()
      const closed = { kind: 'list', items: list.items, start: list.start, end: at } as const
      // An annotation may stand anywhere, and means nothing here.
      if (!headOf(closed).startsWith('@')) open.at(-1)?.items.push(closed)
    } else if (text.startsWith('"')) list.items.push({ kind: 'string', bytes: unescaped(text), start, end: at })
    else if (!/^(\s|;;|\(;)/.test(text)) list.items.push({ kind: 'atom', text, start, end: at })
  }
  const [outermost, unclosed] = open
  if (!outermost || unclosed) throw new SyntaxError(`a bracket that is not closed, at character ${unclosed?.start}`)
  return outermost.items
}

/** Block comments nest. */
function endOfComment(source: string, start: number): number {
  const edge = /\(;|;\)/g
  edge.lastIndex = start
  let depth = 0
  for (let found = edge.exec(source); found; found = edge.exec(source)) {
    depth += found[0] === '(;' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  throw new SyntaxError(`a comment that is not closed, at character ${start}`)
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '"': '"', "'": "'", '\\': '\\' }

function unescaped(quoted: string): Uint8Array {
  const encoder = new TextEncoder()
  const pieces: Uint8Array[] = []
  for (const [piece, hex, scalar, letter] of quoted
    .slice(1, -1)
    .matchAll(/\\([0-9a-fA-F]{2})|\\u\{([0-9a-fA-F_]+)\}|\\(.)|[^\\]+/gs)) {
    if (hex !== undefined) pieces.push(Uint8Array.of(Number.parseInt(hex, 16)))
    else if (scalar !== undefined) {
      pieces.push(encoder.encode(String.fromCodePoint(Number.parseInt(scalar.replaceAll('_', ''), 16))))
    } else pieces.push(encoder.encode(letter === undefined ? piece : (escapes[letter] ?? letter)))
  }
  return new Uint8Array(Buffer.concat(pieces))
}

/** The word that a list begins with. */
export function headOf(expression: Expression | undefined): string {
  const first = expression?.kind === 'list' ? expression.items[0] : undefined
  return first?.kind === 'atom' ? first.text : ''
}

// The specification's names begin with a byte order mark, too.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of a string. */
export function textOf(expression: Expression | undefined): string {
  if (expression?.kind !== 'string') throw new SyntaxError('a string is missing')
  return utf8.decode(expression.bytes)
}
