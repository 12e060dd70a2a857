import { relative } from 'node:path'

/** A place in a source: lines and columns count from 1. */
export interface Place {
  /** The path, from where the user is. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The line and column of an offset in a text. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}

/** A path as it is shown: from the working directory, so that a terminal can open it. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path)
}
