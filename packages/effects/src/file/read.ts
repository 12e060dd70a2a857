import { constants, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { error, ok, type Result } from '@ipvm/ipld'
import { fileBytesMax } from '../limits.ts'
import { failureOf, inside, openParent, placeOf, refused, type FileRefused } from './folder.ts'

/** The content of a file in one of the folders. A link at any part of the path, a device and a pipe are refused. */
export async function readInside(
  path: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<Result<Uint8Array, FileRefused>> {
  const where = await inside(path, folders)
  if ('error' in where) return where
  const parent = await openParent(where.ok, path)
  if ('error' in parent) return parent
  const name = where.ok.parts.at(-1) ?? ''
  let file: FileHandle | undefined
  try {
    // A pipe without a writer would be waited for.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    file = await open(join(parent.ok.base, name), flags)
    const stat = await file.stat()
    if (!stat.isFile()) return error({ name: 'NotAFile', message: `${path} is a folder, a device or a pipe` })
    const real = join(parent.ok.place, name)
    if ((await placeOf(file, real)) !== real) return error(refused(path, 'it was changed meanwhile'))
    if (stat.size > fileBytesMax) return error(tooLarge(path, stat.size))
    return await readAll(file, path, signal)
  } catch (thrown) {
    if (!isOfSystem(thrown)) throw thrown
    return error(failureOf(path, thrown))
  } finally {
    await file?.close()
    await parent.ok.handle.close()
  }
}

/** It may grow while it is read. */
async function readAll(file: FileHandle, path: string, signal: AbortSignal): Promise<Result<Uint8Array, FileRefused>> {
  const chunks: Buffer[] = []
  let size = 0
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(fileBytesMax + 1 - size, chunkBytes)))
    if (bytesRead === 0) return ok(new Uint8Array(Buffer.concat(chunks)))
    chunks.push(buffer.subarray(0, bytesRead))
    size += bytesRead
    if (size > fileBytesMax) return error(tooLarge(path, size))
  }
}

const chunkBytes = 1024 * 1024

/** A file is larger than is read or written. */
export function tooLarge(path: string, size: number): FileRefused {
  return { name: 'FileTooLarge', message: `${path} has ${size} bytes or more; at most ${fileBytesMax} are taken` }
}

/** Whether the system said it. */
export function isOfSystem(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'syscall' in thrown
}
