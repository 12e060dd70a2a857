import { error, ok, type Result } from '@ipvm/ipld'
import { triesMax } from '../limits.ts'
import type { RunFailure } from '../sandbox/failure.ts'
import { cancelled, hostFailure, timeLimit } from './failures.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'
import { PooledWorker } from './pooled-worker.ts'
import { unlessAborted } from './unless-aborted.ts'

/** What a thread is asked, and when the asking ends without an answer. */
export interface Job {
  readonly request: (worker: PooledWorker) => WorkerRequest
  readonly transfer: readonly ArrayBuffer[]
  /** Milliseconds from the thread's start of the work on. */
  readonly time: number
  readonly signal: AbortSignal | undefined
}

/** The thread broke while it did the job. */
interface Broken {
  readonly name: 'Broken'
  readonly message: string
}

const closed = 'the pool was closed'

/** The threads of a pool: started when they are needed, at one job each, replaced when they end. */
export class Threads {
  readonly #size: number
  readonly #all = new Set<PooledWorker>()
  readonly #idle: PooledWorker[] = []
  readonly #waiting: ((worker: PooledWorker | undefined) => void)[] = []
  #closed = false

  constructor(size: number) {
    this.#size = size
  }

  /** Starts threads until there are `count`. */
  warm(count: number): void {
    while (!this.#closed && this.#all.size < Math.min(count, this.#size)) this.#idle.push(this.#start())
  }

  /**
   * Has a thread do a job. A thread that breaks meanwhile costs the job one more try, in another thread: who breaks two
   * would break more. `makeJob` is called for each try, since a job's buffers went with the thread.
   */
  async ask(makeJob: () => Promise<Result<Job, RunFailure>>): Promise<Result<WorkerReply, RunFailure>> {
    for (let tries = 1; ; tries++) {
      const job = await makeJob()
      if ('error' in job) return job
      const reply = await this.#ask(job.ok)
      if (!('error' in reply)) return reply
      if (reply.error.name !== 'Broken') return error(reply.error)
      if (tries >= triesMax) {
        return error(
          hostFailure(`${tries} workers broke one after the other: ${reply.error.message}; try it on another machine`),
        )
      }
    }
  }

  /** Lets go of a module everywhere. */
  forget(key: string): void {
    for (const worker of this.#all) worker.forget(key)
  }

  /** Ends all threads; jobs under way end as cancelled. */
  async close(): Promise<void> {
    this.#closed = true
    for (const resume of this.#waiting.splice(0)) resume(undefined)
    await Promise.all([...this.#all].map(worker => worker.terminate(closed)))
  }

  /** One try; a thread that does not answer in time, or for a caller who gave up, is ended. */
  async #ask({ request, transfer, time, signal }: Job): Promise<Result<WorkerReply, RunFailure | Broken>> {
    const worker = await this.#take(signal)
    if (!worker) return error(cancelled(this.#closed ? closed : undefined))
    worker.hold(true)
    const started = await unlessAborted(worker.ready, signal)
    if (started?.kind !== 'ready') {
      if (started?.kind === 'gone') return error(this.#gone(`it could not start: ${started.reason}`))
      this.#give(worker)
      return error(cancelled())
    }
    let stopped: RunFailure | undefined
    const stop = (failure: RunFailure): void => {
      stopped ??= failure
      void worker.terminate(failure.message)
    }
    const timer = setTimeout(() => stop(timeLimit(time)), Math.min(time, 2 ** 31 - 1))
    const onAbort = (): void => stop(cancelled())
    signal?.addEventListener('abort', onAbort, { once: true })
    const reply = await worker.ask(request(worker), transfer)
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    if (reply.kind === 'gone') return error(stopped ?? this.#gone(reply.reason))
    this.#give(worker)
    return reply.kind === 'broke' ? error(hostFailure(`the worker broke: ${reply.message}`)) : ok(reply)
  }

  #gone(reason: string): RunFailure | Broken {
    return this.#closed ? cancelled(closed) : { name: 'Broken', message: reason }
  }

  /** An idle thread, a new one, or the next that becomes idle; `undefined` for a caller who gave up. */
  async #take(signal: AbortSignal | undefined): Promise<PooledWorker | undefined> {
    if (this.#closed || signal?.aborted) return undefined
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#all.size < this.#size) return this.#start()
    return new Promise(resolve => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(resume), 1)
        resolve(undefined)
      }
      const resume = (worker: PooledWorker | undefined): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve(worker)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(resume)
    })
  }

  #give(worker: PooledWorker): void {
    const next = this.#waiting.shift()
    if (next) {
      next(worker)
      return
    }
    worker.hold(false)
    this.#idle.push(worker)
  }

  #start(): PooledWorker {
    const worker = new PooledWorker(lost => this.#lose(lost))
    this.#all.add(worker)
    return worker
  }

  /** A lost thread is replaced at once where someone waits for one, and ahead where one was lost at work. */
  #lose(worker: PooledWorker): void {
    this.#all.delete(worker)
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#closed) return
    const next = this.#waiting.shift()
    if (next) next(this.#start())
    else if (at < 0) this.#idle.push(this.#start())
  }
}
