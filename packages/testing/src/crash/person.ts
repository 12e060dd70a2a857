import { CID } from '@ipvm/ipld'
import type { RunRequest } from '@ipvm/store'
import { openSqliteStore } from '@ipvm/store/sqlite'
import type { RunningServer } from './server/start.ts'
import type { Line } from './worker/line.ts'
import type { Submission } from './workflows/submission.ts'

/**
 * Answers for mutations whose outcome is not known, as a person would: looks at the counting server, and says how it ended,
 * or has it tried again. Asks in a process other than the worker's, and once for each time that a journal says it.
 */
export class Person {
  readonly retried = new Map<string, number>()
  readonly #path: string
  readonly #server: RunningServer
  readonly #submissions: readonly Submission[]
  readonly #unknown = new Map<string, Extract<Line, { type: 'unknown' }>>()
  readonly #answered = new Set<string>()
  #asking: Promise<void> = Promise.resolve()

  constructor(path: string, server: RunningServer, submissions: readonly Submission[]) {
    this.#path = path
    this.#server = server
    this.#submissions = submissions
  }

  /** Takes note of what a worker says, and answers at once, or when the run goes no further without. */
  hear(line: Line, when: 'at once' | 'when parked'): void {
    if (line.type === 'unknown') this.#unknown.set(`${line.run} ${line.seq}`, line)
    if (line.type !== 'parked' && when === 'when parked') return
    for (const [entry, unknown] of this.#unknown) {
      if (this.#answered.has(entry)) continue
      this.#answered.add(entry)
      this.#asking = this.#asking.then(() => this.#answer(unknown))
    }
  }

  /** Resolves when all that was heard is answered. */
  async done(): Promise<void> {
    await this.#asking
  }

  async #answer({ run, label }: Extract<Line, { type: 'unknown' }>): Promise<void> {
    const submission = this.#submissions.find(({ invocation }) => invocation.envelope.cid.toString() === run)
    const id = submission?.planned.tasks.get(label)?.id ?? ''
    const done = (await this.#server.log(id)).find(arrival => arrival.id === id && arrival.acted)
    if (!done) this.retried.set(id, (this.retried.get(id) ?? 0) + 1)
    const request: RunRequest = done
      ? { type: 'settle', label, out: { ok: done.value ?? null } }
      : { type: 'retry', label }
    const store = openSqliteStore(this.#path)
    await store.commit({ requests: [{ run: CID.parse(run), request }] })
    await store.close()
  }
}
