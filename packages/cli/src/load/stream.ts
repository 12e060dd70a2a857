import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exit, Stop } from '../exit.ts'
import { problemOf } from './file.ts'

/** The bytes of a file that the user named (`-`: the standard input), as they come. */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const chunkBytes = 1024 * 1024
  const source = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: chunkBytes })
  try {
    for await (const chunk of source) yield chunk
  } catch (thrown) {
    if (!isOfSystem(thrown)) throw thrown
    throw new Stop({ name: 'UnreadableFile', message: `${path} ${problemOf(thrown)}` }, undefined, thrown)
  }
}

/** Writes to the file that the user named, whole or not at all; to the standard output where none was. */
export async function writeChunks(path: string | undefined, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const source = Readable.from(chunks)
  try {
    if (path === undefined) return await pipeline(source, process.stdout, { end: false })
    await mkdir(dirname(path), { recursive: true })
    const draft = `${path}.part`
    try {
      // What an export is of may be for its owner's eyes alone.
      await pipeline(source, createWriteStream(draft, { mode: 0o600, flush: true }))
      await rename(draft, path)
    } catch (thrown) {
      await rm(draft, { force: true })
      throw thrown
    }
  } catch (thrown) {
    if (!isOfSystem(thrown)) throw thrown
    const where = path ?? 'the standard output'
    throw new Stop({ name: 'UnwritableFile', message: `${where} ${problemOf(thrown)}` }, exit.fault, thrown)
  }
}

function isOfSystem(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown
}
