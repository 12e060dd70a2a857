import { startThread } from '#thread'
import { preparedMax } from '../limits.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'
import type { Thread } from './thread.ts'

/** The worker is gone; `reason` says why, in words for the person who waits. */
export interface Gone {
  readonly kind: 'gone'
  readonly reason: string
}

/** One thread of the pool. It keeps the process alive only while it is working. */
export class PooledWorker {
  readonly ready: Promise<WorkerReply | Gone>
  /** Keys of the modules that the thread has, the least recently used first. */
  readonly #known = new Set<string>()
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
      try {
        this.#thread.post(request, transfer)
      } catch (thrown) {
        // It could not be cloned (it is too large): nothing of it has arrived.
        this.forget(request.key)
        this.#reply({ kind: 'broke', message: thrown instanceof Error ? thrown.message : String(thrown) })
      }
    })
  }

  /** Whether the thread has a module. */
  has(key: string): boolean {
    return this.#known.has(key)
  }

  /** Notes that the thread has a module, and uses it now; of too many it lets the one go that was used longest ago. */
  keep(key: string): void {
    this.#known.delete(key)
    this.#known.add(key)
    const [oldest] = this.#known
    if (oldest !== undefined && this.#known.size > preparedMax) this.forget(oldest)
  }

  /** Lets go of a module. */
  forget(key: string): void {
    if (this.#known.delete(key) && !this.#gone) this.#thread.post({ kind: 'forget', key }, [])
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
