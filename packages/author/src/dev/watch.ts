import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps; what comes this close together is one save, milliseconds. */
const settleTime = 40

/** Waits for files to be saved. */
export class SourceWatcher {
  #watchers: FSWatcher[] = []
  #names = new Map<string, ReadonlySet<string>>()
  #timer: NodeJS.Timeout | undefined
  #isChanged = false
  #wake: (() => void) | undefined

  /**
   * Watches these files from now on, and no others. Their folders are watched, since many editors put a new file in the
   * place of the old one.
   */
  watch(files: readonly string[]): void {
    const names = new Map<string, Set<string>>()
    for (const file of files) {
      const folder = dirname(file)
      names.set(folder, (names.get(folder) ?? new Set()).add(basename(file)))
    }
    const isSame = names.size === this.#names.size && [...names.keys()].every(folder => this.#names.has(folder))
    this.#names = names
    if (isSame) return
    this.#stop()
    this.#watchers = [...names.keys()].map(folder =>
      watch(folder, (_, name) => this.#onEvent(folder, name)).on('error', () => {}),
    )
  }

  /** Ends when a file has been saved since the last call, at once where one was meanwhile; or when `signal` says so. */
  async saved(signal: AbortSignal): Promise<void> {
    if (!this.#isChanged && !signal.aborted) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    this.#wake = undefined
    this.#isChanged = false
  }

  /** Stops watching. */
  close(): void {
    this.#stop()
    clearTimeout(this.#timer)
  }

  #stop(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close()
  }

  #onEvent(folder: string, name: string | null): void {
    // Some systems do not tell the name.
    if (name !== null && !this.#names.get(folder)?.has(name)) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#isChanged = true
      this.#wake?.()
    }, settleTime)
  }
}
