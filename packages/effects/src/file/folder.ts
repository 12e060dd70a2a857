import { constants, lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'

/** A path is not one that may be used. */
export interface FileRefused extends Failure {
  readonly name: 'PathRefused' | 'NoSuchFile' | 'NotAFile' | 'FileTooLarge' | 'FileFailed' | 'DiskFull'
}

/** A path below a declared folder, its links resolved up to that folder. */
export interface Inside {
  /** The folder, as it really is. */
  readonly folder: string
  /** From there, without any link. */
  readonly parts: readonly string[]
}

/**
 * Where a path lies, if that is below one of the folders: it is absolute, and written as the system would write it, so that a
 * policy about the text is one about the place.
 */
export async function inside(path: string, folders: readonly string[]): Promise<Result<Inside, FileRefused>> {
  if (path.includes('\0') || resolve(path) !== path) {
    return error(refused(path, 'write the whole path, without "." and ".." and double slashes'))
  }
  for (const declared of folders) {
    const below = relative(declared, path)
    if (below === '' || below === '..' || below.startsWith(`..${sep}`)) continue
    const folder = await realpath(declared).catch(() => undefined)
    if (folder === undefined) return error(refused(path, `the folder ${declared} is not there`))
    return ok({ folder, parts: below.split(sep) })
  }
  const declared = folders.length === 0 ? 'none is' : `those are ${folders.join(', ')}`
  return error(refused(path, `it is in no folder that was declared; ${declared}`))
}

/** Opens the folder that a path below a declared one is in, no component of it being a link. The caller closes it. */
export async function openParent({ folder, parts }: Inside, path: string): Promise<Result<Parent, FileRefused>> {
  const place = join(folder, ...parts.slice(0, -1))
  let at = folder
  for (const part of parts.slice(0, -1)) {
    at = join(at, part)
    const found = await lstat(at).catch((thrown: NodeJS.ErrnoException) => thrown)
    if (found instanceof Error) return error(failureOf(path, found))
    if (found.isSymbolicLink()) return error(refused(path, `${part} is a link`))
    if (!found.isDirectory()) return error(refused(path, `${part} is no folder`))
  }
  const handle = await open(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(
    (thrown: NodeJS.ErrnoException) => thrown,
  )
  if (handle instanceof Error) return error(failureOf(path, handle))
  // What was looked at may have been changed meanwhile: what counts is what was opened.
  if ((await placeOf(handle, place)) !== place) {
    await handle.close()
    return error(refused(path, 'a folder on the way to it was changed meanwhile'))
  }
  return ok({ handle, base: await baseOf(handle, place), place })
}

/** An open folder. */
export interface Parent {
  readonly handle: FileHandle
  /** By which its files are opened: through the open folder itself, where the system can. */
  readonly base: string
  /** Where it lies. */
  readonly place: string
}

/** Where an open file or folder really lies. */
export async function placeOf({ fd }: FileHandle, otherwise: string): Promise<string | undefined> {
  const known = await readlink(`/proc/self/fd/${fd}`).catch(() => undefined)
  return known ?? realpath(otherwise).catch(() => undefined)
}

async function baseOf({ fd }: FileHandle, place: string): Promise<string> {
  const through = `/proc/self/fd/${fd}`
  return (await readlink(through).catch(() => undefined)) === undefined ? place : through
}

/** Why a path is not used. */
export function refused(path: string, problem: string): FileRefused {
  return { name: 'PathRefused', message: `${path}: ${problem}` }
}

/** What the system says of a path. */
export function failureOf(path: string, { code, message }: NodeJS.ErrnoException): FileRefused {
  switch (code) {
    case 'ENOENT':
      return { name: 'NoSuchFile', message: `${path} is not there` }
    case 'ELOOP':
      return refused(path, 'it is a link')
    case 'ENOTDIR':
      return refused(path, 'a part of it is no folder')
    case 'EISDIR':
      return { name: 'NotAFile', message: `${path} is a folder` }
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refused(path, 'this node may not do that there; look at its rights')
    case 'ENAMETOOLONG':
      return refused(path, 'a name in it is too long')
    case 'ENOSPC':
    case 'EDQUOT':
      return { name: 'DiskFull', message: `${path} does not fit on the disk; free some space` }
    default:
      return { name: 'FileFailed', message: `${path}: ${code ?? message}` }
  }
}
