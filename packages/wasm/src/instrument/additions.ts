import { memoryPagesMax, tableEntriesMax } from '../limits.ts'
import type { CoreModule, Extent } from '../module/core-module.ts'

/** Functions that a rewritten module has beside its own: see added-function.ts. */
export type Helper = 'refill' | 'bulk' | 'entries' | 'grow' | `grow table ${number}`

/**
 * Where the things stand that a rewritten module has beside its own.
 *
 * Four globals are imported from the meter, since all core modules of a component share them: `pool`, the gas that no
 * module has taken yet; `depth`, the words of stack that are left; `pages`, those of the memory quota; and, where the
 * memory is imported, `cap`, the pages that it may have at most. They come after the imported globals of the module, and
 * shift its own. The module's `gas` is its own, as engines reach an imported global through a pointer: it is taken out of the
 * pool in portions. Functions and types are appended, and shift nothing.
 */
export class Additions {
  readonly pool: number
  readonly depth: number
  readonly pages: number
  readonly cap: number
  readonly gas: number
  /** By how much globals that the module defines are shifted. */
  readonly shift: number
  readonly types: { readonly none: number; readonly i32: number; readonly funcref: number; readonly externref: number }
  readonly #firstGlobal: number
  readonly #firstFunction: number
  readonly #helpers: Helper[] = []

  constructor(module: CoreModule) {
    const first = module.importedGlobals
    this.#firstGlobal = first
    this.pool = first
    this.depth = first + 1
    this.pages = first + 2
    this.cap = first + 3
    this.shift = importsCap(module) ? 4 : 3
    this.gas = module.globals.length + this.shift
    const types = module.types.length
    this.types = { none: types, i32: types + 1, funcref: types + 2, externref: types + 3 }
    this.#firstFunction = module.functions.length
  }

  /** The helpers that are needed, in the order of their indices. */
  get helpers(): readonly Helper[] {
    return this.#helpers
  }

  /** The index of a helper, which is added where it is not there yet. */
  helper(helper: Helper): number {
    const known = this.#helpers.indexOf(helper)
    return this.#firstFunction + (known >= 0 ? known : this.#helpers.push(helper) - 1)
  }

  /** The new index of a global of the module. */
  global(index: number): number {
    return index < this.#firstGlobal ? index : index + this.shift
  }
}

/** Whether the cap of a module's memory is another module's business. */
export function importsCap(module: CoreModule): boolean {
  return module.memory?.imported === true
}

/** The largest a memory of this type may become, pages. */
export function memoryCap(extent: Extent | undefined): number {
  return Math.min(extent?.max ?? memoryPagesMax, memoryPagesMax)
}

/** The largest a table of this type may become, entries. */
export function tableCap(extent: Extent | undefined): number {
  return Math.min(extent?.max ?? tableEntriesMax, tableEntriesMax)
}
