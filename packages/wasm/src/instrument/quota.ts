import { engine, type CompiledModule } from '../engine.ts'
import { pageBytes } from '../limits.ts'
import { ByteWriter } from './writer.ts'

/** A crossed memory quota: what the run wanted in all, and what it was allowed, bytes. */
export interface CrossedQuota {
  readonly used: number
  readonly limit: number
}

/** More pages than all memories of a component can have, and still a positive i32. */
const pagesMax = 2 ** 31 - 1

/**
 * The memory quota of one run: a tiny instance of our own that counts the pages left for all memories of a component.
 * Rewritten modules call its `reserve` before they grow; when the pages do not suffice it notes how many were wanted
 * and ends the run with `unreachable`, which a guest can neither see nor catch.
 */
export class MemoryQuota {
  /** `(pages) → ()`; with −1 pages it notes that the host could not serve a growth, and ends the run. */
  readonly reserve: unknown
  readonly #left: { value: number }
  readonly #wanted: { value: number }
  readonly #limit: number
  readonly #pages: number

  /** @param limit bytes; @param initialPages what the memories of the component have from the start */
  constructor(limit: number, initialPages: number) {
    const { exports } = new engine.Instance(quotaModule())
    this.#limit = limit
    this.reserve = exports.reserve
    this.#left = numberGlobal(exports.left)
    this.#wanted = numberGlobal(exports.wanted)
    this.#pages = Math.min(Math.floor(limit / pageBytes), pagesMax)
    this.#left.value = Math.max(0, this.#pages - initialPages)
  }

  /** What the run wanted where it crossed the quota. */
  get crossed(): CrossedQuota | undefined {
    const wanted = this.#wanted.value
    if (wanted === 0 || wanted === -1) return undefined
    const left = this.#left.value
    const granted = this.#pages - left
    return { used: (granted + (wanted >>> 0)) * pageBytes, limit: this.#limit }
  }

  /** Whether the host could not serve a growth that was within the quota. */
  get hostRefused(): boolean {
    return this.#wanted.value === -1
  }
}

function numberGlobal(exported: unknown): { value: number } {
  if (exported instanceof engine.Global) return exported
  throw new TypeError('the quota module without its globals')
}

let compiled: CompiledModule | undefined

function quotaModule(): CompiledModule {
  compiled ??= new engine.Module(quotaBytes())
  return compiled
}

/** Globals: 0 is `left`, 1 is `wanted`. */
function quotaBytes(): Uint8Array<ArrayBuffer> {
  const code = new ByteWriter()
    .u32(0)
    .bytes(0x20, 0x00, 0x23, 0x00, 0x4b) // local.get pages, global.get left, i32.gt_u
    .bytes(0x04, 0x40) // if
    .bytes(0x20, 0x00, 0x24, 0x01, 0x00) // local.get pages, global.set wanted, unreachable
    .bytes(0x0b) // end
    .bytes(0x23, 0x00, 0x20, 0x00, 0x6b, 0x24, 0x00) // global.get left, local.get pages, i32.sub, global.set left
    .bytes(0x0b)
  const i32Global = [0x7f, 0x01, 0x41, 0x00, 0x0b]
  return new ByteWriter()
    .bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
    .bytes(1)
    .sized(new ByteWriter().bytes(1, 0x60, 1, 0x7f, 0))
    .bytes(3)
    .sized(new ByteWriter().bytes(1, 0))
    .bytes(6)
    .sized(new ByteWriter().bytes(2, ...i32Global, ...i32Global))
    .bytes(7)
    .sized(new ByteWriter().bytes(3).name('reserve').bytes(0, 0).name('left').bytes(3, 0).name('wanted').bytes(3, 1))
    .bytes(10)
    .sized(new ByteWriter().bytes(1).sized(code))
    .join()
}
