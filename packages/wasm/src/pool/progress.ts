/** The bytes of a {@link Progress}: a time, and two counts. */
const bytes = 16

/**
 * How far a thread is with its jobs, in memory that its parent reads while the thread is busy: a thread sends the replies
 * of several short jobs at once, and who runs out of time, or broke it, has to be known by then. Counts wrap around.
 */
export class Progress {
  readonly memory: SharedArrayBuffer
  readonly #since: Float64Array
  readonly #counts: Int32Array

  constructor(memory = new SharedArrayBuffer(bytes)) {
    this.memory = memory
    this.#since = new Float64Array(memory, 0, 1)
    this.#counts = new Int32Array(memory, 8, 2)
  }

  /** How many jobs are done. */
  get done(): number {
    return Atomics.load(this.#counts, 1)
  }

  /** When the job was begun that comes after those, by the clock of the threads; nothing where it was not begun. */
  get since(): number | undefined {
    const begun = Atomics.load(this.#counts, 0)
    return begun === this.done ? undefined : this.#since[0]
  }

  /** The thread begins a job. */
  begin(now: number): void {
    this.#since[0] = now
    Atomics.add(this.#counts, 0, 1)
  }

  /** The thread is done with the job that it began. */
  end(): void {
    Atomics.add(this.#counts, 1, 1)
  }
}
