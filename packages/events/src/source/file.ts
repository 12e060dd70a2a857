import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileBlocks, type Value } from '@ipvm/ipld'
import type { World } from '@ipvm/runtime'
import { limits as storeLimits, type CursorChange, type Store } from '@ipvm/store'
import type { Delivery, Found } from '../inbox/delivery.ts'
import { fileBytesMax, scanMilliseconds, settleMilliseconds } from '../limits.ts'
import type { SourceOf } from '../trigger/document.ts'
import { readFolder, type Seen } from './folder.ts'
import { looking, type Looking } from './looking.ts'

const utf8 = new TextEncoder()

/** Marks of files that are there when a trigger is made: they are known, and no events. */
export function marksOf(trigger: CursorChange['trigger'], files: Iterable<Seen>): readonly CursorChange[] {
  return [...files].map(file => ({ trigger, key: file.name, mark: utf8.encode(markOf(file)) }))
}

/** What it takes to watch files. */
interface WatchParts {
  readonly store: Store
  readonly world: World
  readonly onProblem: (message: string) => void
}

/**
 * Watches files: what was changed is told once it was left alone for a while, with its content in the store. Up to where
 * each file was seen is written down together with the event; so what is changed while nobody watches is told later.
 */
export function watchFiles(source: SourceOf<'file'>, delivery: Delivery, parts: WatchParts): Looking {
  const folder = new Folder(source, delivery, parts)
  const look = looking(() => folder.look(), scanMilliseconds, parts.world, parts.onProblem)
  folder.onUnsettled = () => parts.world.after(settleMilliseconds, look.look)
  delivery.onRoom(look.look)
  const watcher = watched(source.path, look.look)
  look.look()
  return {
    look: look.look,
    close: async () => {
      watcher?.close()
      await look.close()
    },
  }
}

class Folder {
  readonly #source: SourceOf<'file'>
  readonly #delivery: Delivery
  readonly #parts: WatchParts
  /** What is written down of each file. */
  #marks: Map<string, string> | undefined
  /** Files that may be written to still, as they were seen last, and since when they are as they are. */
  readonly #unsettled = new Map<string, { readonly mark: string; readonly since: number }>()
  onUnsettled: () => void = () => {}

  constructor(source: SourceOf<'file'>, delivery: Delivery, parts: WatchParts) {
    this.#source = source
    this.#delivery = delivery
    this.#parts = parts
  }

  async look(): Promise<void> {
    this.#marks ??= await this.#readMarks()
    const marks = this.#marks
    const files = await readFolder(this.#source)
    // Nothing is said to be gone of a folder that cannot be read.
    if ('error' in files) throw new Error(files.error.message)
    for (const file of files.ok.values()) {
      if (this.#delivery.isFull) return
      const mark = markOf(file)
      if (marks.get(file.name) === mark) this.#unsettled.delete(file.name)
      else if (this.#isSettled(file, mark)) await this.#tell(file, mark, marks)
    }
    for (const [name, mark] of marks) {
      if (this.#delivery.isFull) return
      if (files.ok.has(name)) continue
      marks.delete(name)
      const found = { id: `${name}@${mark} gone`, type: 'file.removed', data: { path: name } }
      await this.#delivery.take([found], [{ trigger: this.#delivery.cid, key: name }])
    }
    for (const name of this.#unsettled.keys()) if (!files.ok.has(name)) this.#unsettled.delete(name)
    if (this.#unsettled.size > 0) this.onUnsettled()
  }

  #isSettled({ name }: Seen, mark: string): boolean {
    const now = this.#parts.world.milliseconds()
    const known = this.#unsettled.get(name)
    if (known?.mark === mark) return now - known.since >= settleMilliseconds
    this.#unsettled.set(name, { mark, since: now })
    return false
  }

  async #tell(file: Seen, mark: string, marks: Map<string, string>): Promise<void> {
    const { store } = this.#parts
    const { name, size, mtime } = file
    const content = size > fileBytesMax ? undefined : await readFile(file.path).catch(() => undefined)
    // Written to while it was read, or gone: it is looked at again.
    if (size <= fileBytesMax && content?.length !== size) return
    const stored = content && fileBlocks(content)
    // In small changes, so that others get their turn; they are there before the event that names them.
    const blocks = stored?.blocks ?? []
    for (let at = 0; at < blocks.length; at += storeLimits.importBatchBlocksMax) {
      await store.commit({ blocks: blocks.slice(at, at + storeLimits.importBatchBlocksMax) })
    }
    const data: Value = { path: name, size, mtime: Math.floor(mtime), file: stored?.root ?? null }
    const type = marks.has(name) ? 'file.changed' : 'file.created'
    const found: Found = { id: `${name}@${mark}`, type, data, time: Math.max(0, Math.floor(mtime)) }
    await this.#delivery.take([found], [{ trigger: this.#delivery.cid, key: name, mark: utf8.encode(mark) }])
    marks.set(name, mark)
    this.#unsettled.delete(name)
  }

  async #readMarks(): Promise<Map<string, string>> {
    const marks = new Map<string, string>()
    const text = new TextDecoder()
    for (let after = ''; ; ) {
      const page = await this.#parts.store.cursors(this.#delivery.cid, { limit: storeLimits.stepItemsMax, after })
      for (const { key, mark } of page) marks.set(key, text.decode(mark))
      const last = page.at(-1)
      if (!last) return marks
      after = last.key
    }
  }
}

function markOf({ mtime, size }: Seen): string {
  return `${mtime}:${size}`
}

/** Not every file system tells of changes, and not of those in folders below: the scan finds what it does not. */
function watched(path: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(path, { recursive: true, persistent: false }, onChange)
    watcher.on('error', () => {})
    return watcher
  } catch {
    return undefined
  }
}
