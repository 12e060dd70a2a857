import { startThread } from '#thread'
import type { WorkerReply, WorkerRequest } from './message.ts'
import type { Thread } from './thread.ts'

/** The worker is gone; `reason` says why, in words for the person who waits. */
export interface Gone {
  readonly kind: 'gone'
  readonly reason: string
}

/** One thread of the pool. It keeps the process alive only while it is working. */
export class PooledWorker {
  /** Keys of the modules that the thread has. */
  readonly known = new Set<string>()
  readonly ready: Promise<WorkerReply | Gone>
  readonly #thread: Thread
  readonly #onGone: (worker: PooledWorker) => void
  #settle: ((reply: WorkerReply | Gone) => void) | undefined
  #gone: Gone | undefined

  constructor(onGone: (worker: PooledWorker) => void) {
    this.#onGone = onGone
    this.ready = new Promise(resolve => {
      this.#settle = resolve
    })
    this.#thread = startThread({ reply: reply => this.#reply(reply), lost: reason => this.#lose(reason) })
  }

  /** Sends a request and waits for its reply. The thread must be ready and idle. */
  ask(request: WorkerRequest, transfer: readonly ArrayBuffer[]): Promise<WorkerReply | Gone> {
    return new Promise(resolve => {
      if (this.#gone) return resolve(this.#gone)
      this.#settle = resolve
      this.#thread.post(request, transfer)
    })
  }

  /** Lets go of a module. */
  forget(key: string): void {
    if (this.known.delete(key) && !this.#gone) this.#thread.post({ kind: 'forget', key }, [])
  }

  /** Whether the process has to stay alive for this thread. */
  hold(isBusy: boolean): void {
    this.#thread.hold(isBusy)
  }

  /** Ends the thread, whatever it is doing. */
  async terminate(reason: string): Promise<void> {
    this.#lose(reason)
    await this.#thread.end()
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
    // A Web Worker goes on after an error that nobody caught.
    void this.#thread.end()
  }
}
