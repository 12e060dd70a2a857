import { clock, startThread } from '#thread'
import { aheadMillisecondsMax, jobsAheadMax, overstayMilliseconds, preparedMax } from '../limits.ts'
import type { RunFailure } from '../sandbox/failure.ts'
import { hostFailure, timeLimit } from './failures.ts'
import type { AskedJob, JobTaker } from './job.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'
import type { Thread } from './thread.ts'

/** Hears of a worker. */
export interface WorkerListener {
  /** It takes further jobs. */
  hasRoom(): void
  /** Jobs that it will not do after all, in their order: they overstayed behind another. */
  handsBack(jobs: readonly AskedJob[]): void
  /** It is gone. */
  lost(worker: PooledWorker, loss: Loss): void
}

/** What a worker that is gone leaves behind. */
export interface Loss {
  /** Why, in words for the person who waits. */
  readonly reason: string
  /** The job that it was at, if anybody waits for that one. */
  readonly broken: AskedJob | undefined
  /** What that job is told where the pool ended the worker because of it. */
  readonly stopped: RunFailure | undefined
  /** The other jobs that it had, in their order: none of this is their doing. */
  readonly others: readonly AskedJob[]
  /** What it was doing meanwhile. */
  readonly was: 'starting' | 'idle' | 'busy'
}

/** A job that a thread has. */
interface Posted {
  readonly number: number
  /** The key of its module. */
  readonly key: string
  /** Nothing where nobody waits for it any more. */
  asked: AskedJob | undefined
  expected: number
  readonly time: number
}

/** What is sent next, with the buffers that go along. */
interface Outgoing {
  readonly request: WorkerRequest
  readonly transfer: readonly ArrayBuffer[]
  readonly posted?: Posted
}

const timeoutMax = 2 ** 31 - 1

/**
 * One thread of the pool. It does one job after the other, and gets short ones ahead of time, several in a message: to
 * send one takes as long as to run it. It keeps the process alive only while it is working.
 */
export class PooledWorker implements JobTaker {
  readonly #listener: WorkerListener
  readonly #thread: Thread
  /** Keys of the modules that the thread has, the least recently used first. */
  readonly #known = new Set<string>()
  /** The jobs that were not answered, in their order. */
  #posted: Posted[] = []
  #outgoing: Outgoing[] = []
  #numbers = 0
  /** How many were answered, as {@link Progress} counts. */
  #answered = 0
  /** When the first of the jobs became the first. */
  #since = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #due = 0
  #state: 'starting' | 'ready' | 'gone' = 'starting'

  constructor(listener: WorkerListener) {
    this.#listener = listener
    this.#thread = startThread({ reply: replies => this.#hear(replies), lost: reason => this.#lose(reason) })
  }

  get isStarting(): boolean {
    return this.#state === 'starting'
  }

  /** Whether the thread would begin a job at once. */
  get isIdle(): boolean {
    return this.#state === 'ready' && this.#posted.length === 0
  }

  /** Whether a job is welcome: nothing waits behind a job that may take long, and nothing that brings much waits at all. */
  hasRoomFor({ expected }: AskedJob): boolean {
    if (this.#state !== 'ready' || this.#posted.length >= jobsAheadMax) return false
    if (this.#posted.length === 0) return true
    let sum = expected
    for (const posted of this.#posted) sum += posted.expected
    return sum <= aheadMillisecondsMax
  }

  /** Takes a job, which goes to the thread with the next {@link PooledWorker.send}. */
  take(asked: AskedJob): void {
    this.#numbers = (this.#numbers + 1) | 0
    const { job, expected } = asked
    const posted: Posted = { number: this.#numbers, key: job.key, asked, expected, time: job.time }
    asked.worker = this
    if (this.#posted.length === 0) this.#since = clock()
    this.#posted.push(posted)
    this.#outgoing.push({ request: job.request(this, posted.number), transfer: job.transfer, posted })
  }

  /** Sends what is to be sent. */
  send(): void {
    if (this.#outgoing.length === 0 || this.#state !== 'ready') return
    const outgoing = this.#outgoing
    this.#outgoing = []
    this.hold(this.#posted.length > 0)
    this.#watch()
    this.#post(outgoing)
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

  /** Lets go of a module, with the next {@link PooledWorker.send}. */
  forget(key: string): void {
    if (this.#known.delete(key)) this.#outgoing.push({ request: { kind: 'forget', key }, transfer: [] })
  }

  /** Nobody waits for a job any more: it is not begun, or ended with its thread. */
  withdraw(asked: AskedJob): void {
    const posted = this.#posted.find(posted => posted.asked === asked)
    if (!posted) return
    posted.asked = undefined
    if (this.#running()?.posted === posted) void this.terminate('its caller gave up what it ran')
    else this.#withdraw([posted])
  }

  /** Whether the process has to stay alive for this thread. */
  hold(isBusy: boolean): void {
    this.#thread.hold(isBusy)
  }

  /** Ends the thread, whatever it is doing; `stopped` is what the job is told that it is at. */
  async terminate(reason: string, stopped?: RunFailure): Promise<void> {
    this.#lose(reason, stopped)
    await this.#thread.end()
  }

  #post(outgoing: readonly Outgoing[]): void {
    try {
      this.#thread.post(
        outgoing.map(({ request }) => request),
        outgoing.flatMap(({ transfer }) => transfer),
      )
    } catch (thrown) {
      // It could not be cloned (it is too large): nothing of it has arrived.
      if (outgoing.length > 1) for (const each of outgoing) this.#post([each])
      else for (const each of outgoing) this.#unsent(each, thrown)
    }
  }

  #unsent({ posted }: Outgoing, thrown: unknown): void {
    if (!posted) return
    this.#posted = this.#posted.filter(other => other !== posted)
    this.forget(posted.key)
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    posted.asked?.settle({ error: hostFailure(`the worker broke: ${message}`) })
    this.#rest()
  }

  #hear(replies: readonly WorkerReply[]): void {
    if (this.#state === 'gone') return
    for (const reply of replies) {
      if (reply.kind === 'ready') {
        this.#state = 'ready'
        continue
      }
      const posted = this.#posted.shift()
      this.#answered = (this.#answered + 1) | 0
      if (!posted) continue
      // Only now: a thread that could not make anything of the bytes has no module.
      if (reply.kind === 'prepared' && 'ok' in reply.prepared) this.keep(posted.key)
      if (reply.kind === 'broke') posted.asked?.settle({ error: hostFailure(`the worker broke: ${reply.message}`) })
      else posted.asked?.settle({ ok: reply })
    }
    this.#since = clock()
    this.#rest()
    this.#listener.hasRoom()
  }

  /** Lets the process go where nothing is to be done. */
  #rest(): void {
    if (this.#posted.length > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.hold(false)
  }

  /** The job that the thread is at, and since when. What is done was not answered yet where replies are on their way. */
  #running(now = clock()): { readonly posted: Posted; readonly since: number; readonly at: number } | undefined {
    const { progress } = this.#thread
    const at = progress ? (progress.done - this.#answered) | 0 : 0
    const posted = this.#posted[at]
    return posted && { posted, at, since: progress?.since ?? (at === 0 ? this.#since : now) }
  }

  /** Looks again when the running job may be at its limit, or when it may have kept others waiting for too long. */
  #watch(): void {
    const [first] = this.#posted
    if (!first || this.#state === 'gone') return
    const now = clock()
    const running = this.#running(now)
    const left = running ? running.since + running.posted.time - now : first.time
    const isWatched = this.#posted.length > 1 || !first.asked
    const wait = isWatched ? Math.min(overstayMilliseconds, left) : left
    if (this.#timer !== undefined && this.#due <= now + wait) return
    clearTimeout(this.#timer)
    this.#due = now + wait
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(1, Math.ceil(wait)), timeoutMax))
  }

  #look(): void {
    this.#timer = undefined
    const now = clock()
    const running = this.#running(now)
    if (running) {
      const { posted, since, at } = running
      const age = now - since
      if (posted.asked && age >= posted.time) {
        const failure = timeLimit(posted.time)
        return void this.terminate(failure.message, failure)
      }
      if (age >= overstayMilliseconds) {
        if (!posted.asked) return void this.terminate('nobody waits for what it runs')
        posted.expected = Number.POSITIVE_INFINITY
        this.#handBack(this.#posted.slice(at + 1))
      }
    }
    this.#watch()
  }

  /** Jobs that were not begun go to others. */
  #handBack(overstayed: readonly Posted[]): void {
    const jobs = overstayed.flatMap(({ asked }) => asked ?? [])
    if (jobs.length === 0) return
    for (const posted of overstayed) posted.asked = undefined
    this.#withdraw(overstayed)
    this.#listener.handsBack(jobs)
  }

  #withdraw(withdrawn: readonly Posted[]): void {
    for (const posted of withdrawn) posted.expected = 0
    this.#outgoing.push({ request: { kind: 'withdraw', numbers: withdrawn.map(({ number }) => number) }, transfer: [] })
    this.send()
  }

  #lose(reason: string, stopped?: RunFailure): void {
    if (this.#state === 'gone') return
    const at = this.#running()?.at ?? 0
    const was = this.isStarting ? 'starting' : this.isIdle ? 'idle' : 'busy'
    this.#state = 'gone'
    clearTimeout(this.#timer)
    const posted = this.#posted
    this.#posted = []
    const others = posted.flatMap(({ asked }, i) => (i !== at && asked) || [])
    this.#listener.lost(this, { reason, broken: posted[at]?.asked, stopped, others, was })
    // A Web Worker goes on after an error that nobody caught.
    void this.#thread.end()
  }
}
