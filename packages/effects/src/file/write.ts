import { constants, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { error, ok, type Result } from '@ipvm/ipld'
import { fileBytesMax } from '../limits.ts'
import { failureOf, inside, openParent, type FileRefused } from './folder.ts'
import { isOfSystem, tooLarge } from './read.ts'

/**
 * Writes a file in one of the folders, whole or not at all: beside it first, then in its place. Done again under the same key
 * it comes to the same. A link at any part of the path is refused, and what is no file is not replaced.
 */
export async function writeInside(
  path: string,
  content: Uint8Array,
  folders: readonly string[],
  key: string,
): Promise<Result<number, FileRefused>> {
  if (content.length > fileBytesMax) return error(tooLarge(path, content.length))
  const where = await inside(path, folders)
  if ('error' in where) return where
  const parent = await openParent(where.ok, path)
  if ('error' in parent) return parent
  const { base, handle } = parent.ok
  const target = join(base, where.ok.parts.at(-1) ?? '')
  const draft = join(base, `.ipvm-${key.slice(0, 32)}`)
  try {
    const there = await lstat(target).catch(absent)
    if (there?.isSymbolicLink()) return error(failureOf(path, linkError))
    if (there && !there.isFile()) {
      return error({ name: 'NotAFile', message: `${path} is a folder, a device or a pipe, and is not replaced` })
    }
    // What an attempt before left that was cut off.
    await rm(draft, { force: true })
    await writeDraft(draft, content, there && there.mode & 0o777)
    await rename(draft, target)
    await handle.sync().catch(() => {})
    return ok(content.length)
  } catch (thrown) {
    if (!isOfSystem(thrown)) throw thrown
    await rm(draft, { force: true }).catch(() => {})
    return error(failureOf(path, thrown))
  } finally {
    await handle.close()
  }
}

async function writeDraft(draft: string, content: Uint8Array, mode = 0o644): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file: FileHandle = await open(draft, flags, mode)
  try {
    await file.writeFile(content)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

const linkError: NodeJS.ErrnoException = Object.assign(new Error('a link'), { code: 'ELOOP' })

function absent(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code !== 'ENOENT') throw thrown
}
