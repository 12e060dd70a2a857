import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exit, Stop } from '../exit.ts'

/** A file that the user named, or the end of the command with a sentence that says what is wrong with it. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (thrown) {
    throw new Stop({ name: 'UnreadableFile', message: `${path} ${problemOf(thrown)}` }, undefined, thrown)
  }
}

/** A file's content as text; what is no UTF-8 would be changed without a word, and is refused. */
export function readText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (thrown) {
    throw new Stop(
      { name: 'UnreadableFile', message: `${path} is not UTF-8 text; save it as UTF-8` },
      undefined,
      thrown,
    )
  }
}

/** Writes a file where the user wants it, and the folders on the way to it. */
export async function writeOutput(path: string, bytes: Uint8Array, mode = 0o666): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    // A file that is there keeps its rights: they are narrowed before a secret goes in.
    if (mode === 0o600) await chmod(path, mode).catch(() => {})
    await writeFile(path, bytes, { mode })
  } catch (thrown) {
    throw new Stop({ name: 'UnwritableFile', message: `${path} ${problemOf(thrown)}` }, exit.fault, thrown)
  }
}

/** What is wrong with a file, and what to do, as the rest of a sentence that begins with its path. */
export function problemOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'is not there; check the path'
    case 'EISDIR':
      return 'is a folder; name a file in it'
    case 'EACCES':
    case 'EROFS':
      return 'may not be used; check its rights'
    case 'EEXIST':
    case 'ENOTDIR':
      return 'lies below a file that is no folder; choose another path'
    case 'ENAMETOOLONG':
      return 'has too long a name; choose a shorter one'
    case 'ENOSPC':
      return 'does not fit on the disk; free some space'
    default:
      return `cannot be used (${code ?? String(thrown)})`
  }
}
