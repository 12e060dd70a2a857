import { soon } from '#thread'
import { error, type Result } from '@ipvm/ipld'
import { jobsAheadMax, triesMax } from '../limits.ts'
import type { RunFailure } from '../sandbox/failure.ts'
import { cancelled, hostFailure } from './failures.ts'
import type { Answer, AskedJob, Job } from './job.ts'
import type { WorkerReply } from './message.ts'
import { PooledWorker, type Loss } from './pooled-worker.ts'

const closed = 'the pool was closed'

/** The threads of a pool: started when they are needed, replaced when they end. */
export class Threads {
  readonly #size: number
  readonly #all = new Set<PooledWorker>()
  /** Jobs that no thread has. */
  readonly #waiting: AskedJob[] = []
  #isHandingOut = false
  #closed = false

  constructor(size: number) {
    this.#size = size
  }

  /** Starts threads until there are `count`. */
  warm(count: number): void {
    while (!this.#closed && this.#all.size < Math.min(count, this.#size)) this.#start()
  }

  /**
   * Has a thread do a job. A thread that breaks meanwhile costs the job one more try, in another thread: who breaks two
   * would break more. `makeJob` is called for each try, since a job's buffers went with the thread.
   */
  async ask(
    makeJob: () => Result<Job, RunFailure> | Promise<Result<Job, RunFailure>>,
  ): Promise<Result<WorkerReply, RunFailure>> {
    for (let tries = 1; ; tries++) {
      const job = await makeJob()
      if ('error' in job) return job
      const answer = await this.#answer(job.ok, tries > 1)
      if (!('error' in answer)) return answer
      if (answer.error.name !== 'Broken') return error(answer.error)
      if (tries >= triesMax) {
        return error(
          hostFailure(`${tries} workers broke one after the other: ${answer.error.message}; try it on another machine`),
        )
      }
    }
  }

  /** Lets go of a module everywhere. */
  forget(key: string): void {
    for (const worker of this.#all) {
      worker.forget(key)
      worker.send()
    }
  }

  /** Ends all threads; jobs under way end as cancelled. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { settle } of this.#waiting.splice(0)) settle(error(cancelled(closed)))
    await Promise.all([...this.#all].map(worker => worker.terminate(closed)))
  }

  /** One try; what broke a thread has the next one for itself, and so has what brings buffers: they cannot be taken back. */
  #answer(job: Job, hasBroken: boolean): Promise<Answer> {
    const { signal, transfer } = job
    return new Promise(resolve => {
      if (this.#closed || signal?.aborted) return resolve(error(cancelled(this.#closed ? closed : undefined)))
      const expected = hasBroken || transfer.length > 0 ? Number.POSITIVE_INFINITY : job.expected
      const settle = (answer: Answer): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve(answer)
      }
      const asked: AskedJob = { job, expected, settle }
      const onAbort = (): void => this.#cancel(asked)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(asked)
      this.#handOutSoon()
    })
  }

  #cancel(asked: AskedJob): void {
    asked.settle(error(cancelled()))
    const at = this.#waiting.indexOf(asked)
    if (at >= 0) this.#waiting.splice(at, 1)
    else asked.worker?.withdraw(asked)
  }

  /** What is asked at once goes to a thread in one message; when there is enough for one, a thread need not wait. */
  #handOutSoon(): void {
    if (this.#waiting.length >= jobsAheadMax && [...this.#all].some(worker => worker.isIdle)) this.#handOut()
    if (this.#isHandingOut || this.#waiting.length === 0) return
    this.#isHandingOut = true
    soon(() => {
      this.#isHandingOut = false
      this.#handOut()
    })
  }

  /** In order: what waits for a thread of its own is not overtaken. One thread is filled before the next is woken up. */
  #handOut(): void {
    const workers = [...this.#all]
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const asked = next
      const worker = workers.find(worker => worker.hasRoomFor(asked))
      if (!worker) break
      this.#waiting.shift()
      worker.take(asked)
    }
    for (const worker of workers) worker.send()
    this.#startWanted()
  }

  #startWanted(): void {
    let wanted = this.#closed ? 0 : this.#waiting.length
    for (const worker of this.#all) {
      if (!worker.isStarting || wanted === 0) continue
      wanted -= 1
      worker.hold(true)
    }
    for (; wanted > 0 && this.#all.size < this.#size; wanted--) this.#start().hold(true)
  }

  #start(): PooledWorker {
    const worker = new PooledWorker({
      hasRoom: () => this.#handOut(),
      handsBack: jobs => this.#takeBack(jobs),
      lost: (lost, loss) => this.#lose(lost, loss),
    })
    this.#all.add(worker)
    return worker
  }

  #takeBack(jobs: readonly AskedJob[]): void {
    for (const asked of jobs) asked.worker = undefined
    this.#waiting.unshift(...jobs)
    this.#handOutSoon()
  }

  /** A lost thread is replaced at once where someone waits for one, and ahead where one was lost at work. */
  #lose(worker: PooledWorker, { reason, broken, stopped, others, was }: Loss): void {
    this.#all.delete(worker)
    if (this.#closed) {
      for (const asked of broken ? [broken, ...others] : others) asked.settle(error(cancelled(closed)))
      return
    }
    broken?.settle(error(stopped ?? { name: 'Broken', message: reason }))
    // Nobody had it; but if none can be started, who waits has to hear of it some time.
    if (was === 'starting') {
      this.#waiting.shift()?.settle(error({ name: 'Broken', message: `it could not start: ${reason}` }))
    }
    if (was === 'busy') this.warm(this.#all.size + 1)
    this.#takeBack(others)
  }
}
