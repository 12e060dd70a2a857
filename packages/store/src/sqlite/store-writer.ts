import type { DatabaseSync } from 'node:sqlite'
import { storeError } from './fault.ts'
import type { Row } from './row.ts'
import { WriteThread } from './write-thread.ts'
import { Writer, type Failures } from './writer.ts'

/** How many changes are written here before a thread is started for those that come. */
const changesWithoutThread = 32

/** How often foreign writes are counted anew, when someone else begins to count them. */
const epochStep = 2 ** 32

/**
 * Writes groups of changes: at first here, since most programs write a few and end, and starting a thread takes them
 * longer; then in a thread, as soon as one is there (ADR 55).
 */
export class StoreWriter {
  readonly #path: string
  readonly #db: DatabaseSync
  readonly #here: Writer
  #thread: WriteThread | undefined
  #starting: WriteThread | undefined
  #changes = 0
  #epoch = 0

  constructor(path: string, db: DatabaseSync) {
    this.#path = path
    this.#db = db
    this.#here = new Writer(db)
  }

  /** @throws StoreError when nothing of the group could be written */
  write(changes: readonly (readonly Row[])[]): Failures | Promise<Failures> {
    const thread = this.#alive()
    if (thread) return thread.write(changes).then(this.#told, this.#fail)
    try {
      const failures = this.#here.write(changes)
      this.#changes += changes.length
      if (this.#changes > changesWithoutThread) this.#startThread()
      return this.#told(failures)
    } catch (thrown) {
      return this.#fail(thrown)
    }
  }

  /** Another number whenever someone else has written; also when another one of us counts. */
  async foreignWrites(): Promise<number> {
    const thread = this.#alive()
    const version = thread
      ? await thread.version().catch(this.#fail)
      : Number(this.#db.prepare('PRAGMA data_version').get()?.data_version)
    return this.#epoch + version
  }

  async close(): Promise<void> {
    const thread = this.#alive()
    // One that is not there yet is not waited for.
    await (thread ? thread.close() : this.#starting?.end())
  }

  #alive(): WriteThread | undefined {
    if (this.#thread && !this.#thread.isAlive) {
      this.#thread = undefined
      this.#epoch += epochStep
    }
    return this.#thread
  }

  #startThread(): void {
    // A database in memory is this connection's own.
    if (this.#starting || this.#path === ':memory:') return
    const thread = new WriteThread(this.#path)
    this.#starting = thread
    thread.ready.then(
      () => {
        this.#thread = thread
        this.#epoch += epochStep
      },
      // Where there can be no thread, this one goes on.
      () => {},
    )
  }

  readonly #told = (failures: Failures): Failures =>
    new Map([...failures].map(([change, thrown]) => [change, storeError(this.#path, thrown)] as const))

  readonly #fail = (thrown: unknown): never => {
    throw storeError(this.#path, thrown)
  }
}
