import { SourceMap } from 'node:module'
import { resolve } from 'node:path'
import { shownPath, type Place } from '../check/place.ts'

/**
 * Where a line and a column (from 1) of a bundle come from; none where no source of the author's is behind it. `folder` is
 * what the paths in the map begin at.
 */
export function sourcePlace(map: string, folder: string, line: number, column: number): Place | undefined {
  const entry = new SourceMap(JSON.parse(map)).findEntry(line - 1, column - 1)
  if (!('originalSource' in entry)) return undefined
  const { originalSource, originalLine, originalColumn } = entry
  // A map that does not know the place answers with an empty entry.
  if (typeof originalSource !== 'string' || typeof originalLine !== 'number') return undefined
  if (originalSource.startsWith('ipvm:')) return undefined
  return { file: shownPath(resolve(folder, originalSource)), line: originalLine + 1, column: originalColumn + 1 }
}
