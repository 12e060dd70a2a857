import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { workerHeapMebibytes } from '../limits.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'

/** The worker is gone; `reason` says why, in words for the person who waits. */
export interface Gone {
  readonly kind: 'gone'
  readonly reason: string
}

// A build rewrites the extensions of imports, and not those of URLs.
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/**
 * A guest's thread gets nothing of the process's environment; where the process keeps compiled code in a cache, the
 * thread uses it too, and starts in a third of the time.
 */
function environment(): Record<string, string> {
  const cache = getCompileCacheDir()
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }
}

/** One thread of the pool. It keeps the process alive only while it is working. */
export class PooledWorker {
  /** Keys of the modules that the thread has. */
  readonly known = new Set<string>()
  readonly ready: Promise<WorkerReply | Gone>
  readonly #worker: Worker
  readonly #onGone: (worker: PooledWorker) => void
  #settle: ((reply: WorkerReply | Gone) => void) | undefined
  #gone: Gone | undefined

  constructor(onGone: (worker: PooledWorker) => void) {
    this.#onGone = onGone
    this.ready = new Promise(resolve => {
      this.#settle = resolve
    })
    this.#worker = new Worker(entry, {
      env: environment(),
      // Of the process's options only what says where packages are found: others, as --input-type, break a thread.
      execArgv: process.execArgv.filter(option => option.startsWith('--conditions=')),
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMebibytes },
    })
    this.#worker.on('message', (reply: WorkerReply) => this.#reply(reply))
    this.#worker.on('error', thrown => this.#lose(thrown instanceof Error ? thrown.message : String(thrown)))
    this.#worker.on('exit', () => this.#lose('it ended by itself'))
    // After the listeners: listening for messages holds the process again.
    this.#worker.unref()
  }

  /** Sends a request and waits for its reply. The thread must be ready and idle. */
  ask(request: WorkerRequest, transfer: readonly ArrayBuffer[]): Promise<WorkerReply | Gone> {
    return new Promise(resolve => {
      if (this.#gone) return resolve(this.#gone)
      this.#settle = resolve
      this.#worker.postMessage(request, transfer)
    })
  }

  /** Lets go of a module. */
  forget(key: string): void {
    if (this.known.delete(key) && !this.#gone) this.#worker.postMessage({ kind: 'forget', key } satisfies WorkerRequest)
  }

  /** Whether the process has to stay alive for this thread. */
  hold(isBusy: boolean): void {
    if (isBusy) this.#worker.ref()
    else this.#worker.unref()
  }

  /** Ends the thread, whatever it is doing. */
  async terminate(reason: string): Promise<void> {
    this.#lose(reason)
    await this.#worker.terminate()
  }

  #reply(reply: WorkerReply | Gone): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(reply)
  }

  #lose(reason: string): void {
    if (this.#gone) return
    this.#gone = { kind: 'gone', reason }
    this.#onGone(this)
    this.#reply(this.#gone)
  }
}
