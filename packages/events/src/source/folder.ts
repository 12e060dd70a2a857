import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { evaluatePolicy, parsePolicy } from '@ipvm/ucan'
import { filesMax, foldersDeepMax } from '../limits.ts'
import type { SourceOf } from '../trigger/document.ts'

/** A file as it is seen from outside. */
export interface Seen {
  /** Below the folder, with `/` between; the file's own name, where the source is a file. */
  readonly name: string
  readonly path: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtime: number
}

/** A folder cannot be read, or holds more than is looked at. */
export interface UnreadableFolder extends Failure {
  readonly name: 'UnreadableFolder'
}

/** The files of a source, by their names. Links are not followed: what is told is what is there. */
export async function readFolder({
  path,
  match,
}: SourceOf<'file'>): Promise<Result<ReadonlyMap<string, Seen>, UnreadableFolder>> {
  const policy = parsePolicy(match === undefined ? [] : [['like', '.name', match]])
  if ('error' in policy) return error(unreadable(path, `its pattern is none: ${policy.error.message}`))
  const found = new Map<string, Seen>()
  const wanted = (name: string) => evaluatePolicy(policy.ok, { name }).holds === true
  try {
    const root = await lstat(path)
    if (root.isFile()) {
      const name = path.split(/[\\/]/).at(-1) ?? path
      found.set(name, { name, path, size: root.size, mtime: root.mtimeMs })
      return ok(found)
    }
    if (!root.isDirectory()) return error(unreadable(path, 'it is neither a file nor a folder'))
    const problem = await walk(path, '', 0, found, wanted)
    return problem === undefined ? ok(found) : error(unreadable(path, problem))
  } catch (thrown) {
    // A file that is gone is one that is not there; a folder has to be.
    if (codeOf(thrown) === 'ENOENT') return error(unreadable(path, 'there is none'))
    return error(unreadable(path, thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

async function walk(
  folder: string,
  below: string,
  depth: number,
  found: Map<string, Seen>,
  wanted: (name: string) => boolean,
): Promise<string | undefined> {
  if (depth > foldersDeepMax) return `folders are more than ${foldersDeepMax} deep in it`
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      const problem = await walk(path, name, depth + 1, found, wanted)
      if (problem !== undefined) return problem
    }
    if (!entry.isFile() || !name.isWellFormed() || !wanted(name)) continue
    // It may go while it is looked at.
    const seen = await lstat(path).catch(() => undefined)
    if (seen?.isFile()) found.set(name, { name, path, size: seen.size, mtime: seen.mtimeMs })
    if (found.size > filesMax) return `it has more than ${filesMax} files; narrow it with --match`
  }
  return undefined
}

function unreadable(path: string, problem: string): UnreadableFolder {
  return { name: 'UnreadableFolder', message: `${path} is not watched: ${problem}` }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
