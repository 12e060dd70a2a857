/**
 * What is used of IndexedDB, as a tab's `globalThis` has it. Written out here, so that nothing else of a browser gets
 * into the types of programs that run elsewhere.
 */
export interface IndexedDbPlatform {
  readonly indexedDB: {
    open(name: string, version: number): OpenRequest
    cmp(a: unknown, b: unknown): number
  }
  readonly IDBKeyRange: {
    lowerBound(bound: unknown, open: boolean): object
    upperBound(bound: unknown, open: boolean): object
    bound(lower: unknown, upper: unknown, lowerOpen: boolean, upperOpen: boolean): object
  }
  /** Has locks in pages that came over HTTPS or from this machine. */
  readonly navigator?: { readonly locks?: Locks | undefined } | undefined
}

/** The Web Locks API: locks of all tabs and workers of one origin. */
export interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    callback: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
}

/** A request to open a database. */
export interface OpenRequest extends IdbRequest<Database> {
  readonly transaction: Transaction | null
}

/** A request under way. */
export interface IdbRequest<T> extends Target {
  readonly result: T
  readonly error: unknown
}

/** A database that is open. */
export interface Database extends Target {
  readonly objectStoreNames: { readonly length: number }
  deleteObjectStore(name: string): void
  createObjectStore(name: string, options?: { keyPath?: string | null; autoIncrement?: boolean }): ObjectStore
  transaction(names: string[], mode: 'readonly' | 'readwrite', options?: { durability?: 'strict' }): Transaction
  close(): void
}

/** A transaction. */
export interface Transaction extends Target {
  readonly error: unknown
  objectStore(name: string): ObjectStore
  abort(): void
}

/** An object store, or an index of one. */
export interface Collection {
  get(key: unknown): IdbRequest<unknown>
  getKey(key: unknown): IdbRequest<unknown>
  getAll(query?: unknown, count?: number): IdbRequest<unknown[]>
  getAllKeys(query?: unknown, count?: number): IdbRequest<unknown[]>
  openCursor(query: unknown, direction: 'prev'): IdbRequest<Cursor | null>
}

/** An object store. */
export interface ObjectStore extends Collection {
  put(value: unknown, key?: unknown): IdbRequest<unknown>
  delete(key: unknown): IdbRequest<unknown>
  createIndex(name: string, keyPath: string | string[], options?: { unique?: boolean }): unknown
  index(name: string): Collection
}

/** A place in a collection. */
export interface Cursor {
  readonly value: unknown
  readonly primaryKey: unknown
  continue(): void
}

interface Target {
  addEventListener(
    type: string,
    listener: (event: { preventDefault(): void; readonly oldVersion?: number }) => void,
  ): void
}
