import { webcrypto } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProgramCache } from '@ipvm/wasm/pool'
import { programCacheBytesMax } from './limits.ts'

const digestBytes = 32

/**
 * Rewritten components in the files of a folder, each behind a digest of its content and its key. A file that is damaged,
 * or that others may have written, is as good as none; when all are more than `bytesMax`, those go first whose last use
 * is longest ago.
 */
export function fileProgramCache(folder: string, bytesMax = programCacheBytesMax): ProgramCache {
  const pathOf = (key: string) => join(folder, encodeURIComponent(key))
  return {
    get: async key => {
      const path = pathOf(key)
      const file = await read(path, bytesMax)
      if (!file) return undefined
      const content = file.subarray(digestBytes)
      if (!isSame(await digest(key, content), file.subarray(0, digestBytes))) {
        await rm(path, { force: true })
        return undefined
      }
      const now = new Date()
      // When it was used last; where that cannot be noted, it only goes sooner.
      utimes(path, now, now).catch(() => {})
      return content
    },
    put: async (key, bytes) => {
      if (bytes.length + digestBytes > bytesMax) return
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeWhole(pathOf(key), [await digest(key, bytes), bytes])
      await trim(folder, bytesMax)
    },
  }
}

/** Not a link to somewhere else, and without waiting for who might write into a pipe. */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** The content of a file that only this user can have written, and that is no larger than was ever put. */
async function read(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  let file: FileHandle | undefined
  try {
    file = await open(path, openFlags)
    const found = await file.stat()
    const isOwn = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0)
    return isOwn && found.isFile() && found.size <= bytesMax ? await file.readFile() : undefined
  } catch {
    return undefined
  } finally {
    await file?.close()
  }
}

/** Under its name is the whole file or none, also for those who look while it is written, or after a crash. */
async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const draft = `${path}.${process.pid}-${webcrypto.randomUUID()}`
  try {
    await writeFile(draft, parts, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (thrown) {
    await rm(draft, { force: true })
    throw thrown
  }
}

/** Drafts that a crash has left are files like others, and go like others. */
async function trim(folder: string, bytesMax: number): Promise<void> {
  const files = await Promise.all((await readdir(folder)).map(name => entryOf(join(folder, name))))
  const newestFirst = files.flatMap(file => file ?? []).sort((a, b) => b.used - a.used)
  let sum = 0
  for (const { path, bytes } of newestFirst) {
    sum += bytes
    if (sum > bytesMax) await rm(path, { force: true })
  }
}

async function entryOf(path: string) {
  const found = await stat(path).catch(() => undefined)
  return found && { path, bytes: found.size, used: found.mtimeMs }
}

async function digest(key: string, bytes: Uint8Array): Promise<Uint8Array> {
  const inner = await sha256(bytes)
  return sha256(Buffer.concat([inner, Buffer.from(key)]))
}

/** Off this thread: the content may be many megabytes. */
async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes))
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
