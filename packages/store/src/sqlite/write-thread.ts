import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { pack } from './pack.ts'
import type { Row } from './row.ts'
import type { ThreadFault, ThreadReply, ThreadRequest } from './thread.ts'
import type { Failures } from './writer.ts'

// A build rewrites the extensions of imports, and not those of URLs.
const entry = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url)

/** A thread that writes to a store's file, so that the one that runs workflows does not wait for the disk. */
export class WriteThread {
  readonly #worker: Worker
  /** What was asked, the oldest first. */
  readonly #asked: PromiseWithResolvers<ThreadReply>[] = []
  #lost: Error | undefined
  /** Resolves when the thread has the file open, or rejects where it cannot be had. */
  readonly ready: Promise<void>

  constructor(path: string) {
    const cache = getCompileCacheDir()
    const worker = new Worker(entry, {
      workerData: path,
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
      // Of the process's options only what says where packages are found: others, as --input-type, break a thread.
      execArgv: process.execArgv.filter(option => option.startsWith('--conditions=')),
    })
    this.#worker = worker
    const lose = (reason: string) => {
      this.#lost ??= new Error(`the thread that writes the store ended: ${reason}`)
      for (const { reject } of this.#asked.splice(0)) reject(this.#lost)
    }
    worker.on('message', (reply: ThreadReply) => this.#take(reply))
    worker.on('error', thrown => lose(thrown instanceof Error ? thrown.message : String(thrown)))
    worker.on('exit', () => lose('by itself'))
    this.ready = this.#next().then(() => {})
    // After the listeners: listening for messages holds the process again. Nobody waits for the thread to be there.
    worker.unref()
  }

  /** Whether it still answers. */
  get isAlive(): boolean {
    return this.#lost === undefined
  }

  /** Writes a group of changes, as `Writer.write` does. */
  async write(changes: readonly (readonly Row[])[]): Promise<Failures> {
    const packed = pack(changes)
    const reply = await this.#ask(packed, [packed.bytes.buffer, packed.lengths.buffer])
    if (reply.type === 'failed') throw thrownBy(reply.fault)
    const failures = reply.type === 'written' ? reply.failures : []
    return new Map(failures.map(([change, fault]) => [change, thrownBy(fault)]))
  }

  /** Another number whenever someone else than this thread has written. */
  async version(): Promise<number> {
    const reply = await this.#ask('version', [])
    if (reply.type === 'failed') throw thrownBy(reply.fault)
    return reply.type === 'version' ? reply.version : 0
  }

  /** Has it close the file. */
  async close(): Promise<void> {
    await this.#ask('close', [])
    await this.#worker.terminate()
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  /** As long as an answer is missing, the thread keeps the process alive. */
  #ask(request: ThreadRequest, transfer: readonly ArrayBuffer[]): Promise<ThreadReply> {
    if (this.#lost) throw this.#lost
    this.#worker.postMessage(request, transfer)
    this.#worker.ref()
    return this.#next()
  }

  /** The next answer that nobody waits for yet. */
  #next(): Promise<ThreadReply> {
    const asked = Promise.withResolvers<ThreadReply>()
    this.#asked.push(asked)
    return asked.promise
  }

  #take(reply: ThreadReply): void {
    this.#asked.shift()?.resolve(reply)
    if (this.#asked.length === 0) this.#worker.unref()
  }
}

function thrownBy({ message, errcode }: ThreadFault): Error {
  const thrown = new Error(message)
  return errcode === undefined ? thrown : Object.assign(thrown, { errcode })
}
