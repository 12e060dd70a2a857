import type { Failure } from '@ipvm/ipld'

/** Text that is no WIT, or WIT that cannot be embedded; the message begins with file, line and column. */
export interface MalformedWit extends Failure {
  readonly name: 'MalformedWit'
  readonly line: number
  readonly column: number
}

/** One word or sign of WIT, with the doc comment before it. */
export interface Token {
  readonly text: string
  /** A name, as opposed to a keyword or sign: it was written with `%`. */
  readonly isEscaped: boolean
  readonly docs: string
  readonly offset: number
}

/** Carries a refusal out of the recursion; whoever starts the reading catches it. */
export class WitProblem {
  readonly problem: string
  readonly offset: number

  constructor(problem: string, offset: number) {
    this.problem = problem
    this.offset = offset
  }
}

// Sticky, and without nesting: every try takes time in proportion to what it consumes.
const space = /[ \t\r\n]+/y
const lineComment = /\/\/([^\n]*)/y
const word = /%?[A-Za-z0-9][A-Za-z0-9.+-]*/y
const sign = /->|[{}()<>,:;=@/._*]/y

/** The tokens of WIT text (WIT § Lexical structure), the last one empty. Problems throw {@link WitProblem}. */
export function* tokens(text: string): Generator<Token> {
  let offset = 0
  let docs: string[] = []
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = offset
    const match = pattern.exec(text) ?? undefined
    if (match) offset = pattern.lastIndex
    return match
  }
  while (offset < text.length) {
    const start = offset
    if (take(space)) continue
    const line = take(lineComment)
    if (line) {
      const content = line[1] ?? ''
      if (content.startsWith('/')) docs.push(withoutSpace(content.slice(1)))
      continue
    }
    if (text.startsWith('/*', offset)) {
      offset = endOfBlock(text, offset)
      if (text.startsWith('/**', start) && offset > start + 4) docs.push(blockText(text.slice(start + 3, offset - 2)))
      continue
    }
    const found = take(word) ?? take(sign)
    if (!found) throw new WitProblem(`a character that WIT does not have: ${JSON.stringify(text[offset])}`, offset)
    const isEscaped = found[0].startsWith('%')
    yield { text: isEscaped ? found[0].slice(1) : found[0], isEscaped, docs: docs.join('\n').trim(), offset: start }
    docs = []
  }
  yield { text: '', isEscaped: false, docs: '', offset }
}

/** Block comments nest. */
function endOfBlock(text: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  for (let depth = 0; ; ) {
    const found = mark.exec(text)
    if (!found) throw new WitProblem('a comment that does not end', start)
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
}

function blockText(content: string): string {
  return content
    .split('\n')
    .map(line => line.trim().replace(/^\* ?/, ''))
    .join('\n')
    .trim()
}

function withoutSpace(line: string): string {
  return (line.startsWith(' ') ? line.slice(1) : line).trimEnd()
}
