import type { OutboxStore } from './store.ts'

/** The part of IndexedDB that is used here (IndexedDB 3.0); a browser's `globalThis` is one. */
export interface OutboxPlatform {
  readonly indexedDB: { open(name: string, version: number): OpenRequest }
}

interface Asked<T> {
  readonly result: T
  readonly error: Error | null
  addEventListener(type: 'success' | 'error', listener: () => void): void
}

interface OpenRequest extends Asked<Database> {
  addEventListener(type: 'success' | 'error' | 'upgradeneeded', listener: () => void): void
}

interface Database {
  createObjectStore(name: string): unknown
  transaction(name: string, mode: 'readonly' | 'readwrite', options?: { durability: 'strict' }): Transaction
  addEventListener(type: 'versionchange', listener: () => void): void
  close(): void
}

interface Transaction {
  readonly error: Error | null
  objectStore(name: string): ObjectStore
  addEventListener(type: 'complete' | 'abort', listener: () => void): void
}

interface ObjectStore {
  put(value: Uint8Array, key: string): unknown
  delete(key: string): unknown
  getAllKeys(): Asked<readonly unknown[]>
  getAll(): Asked<readonly unknown[]>
}

const shelf = 'requests'

/**
 * An outbox in a browser, which is there for the next visit. Pages of one origin that give it one name share it.
 *
 * @example
 * const outbox = indexedDbOutbox(globalThis)
 */
export function indexedDbOutbox(platform: OutboxPlatform, name = 'ipvm-outbox'): OutboxStore {
  let opening: Promise<Database> | undefined
  const opened = () => {
    opening ??= open(platform, name).catch(thrown => {
      opening = undefined
      throw thrown
    })
    return opening
  }
  const changed = async (change: (requests: ObjectStore) => unknown) => {
    const transaction = (await opened()).transaction(shelf, 'readwrite', { durability: 'strict' })
    change(transaction.objectStore(shelf))
    await new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new Error('the outbox was not written; try again')),
      )
    })
  }
  return {
    put: (id, entry) => changed(requests => requests.put(entry, id)),
    delete: id => changed(requests => requests.delete(id)),
    entries: async () => {
      const requests = (await opened()).transaction(shelf, 'readonly').objectStore(shelf)
      const [keys, values] = await Promise.all([done(requests.getAllKeys()), done(requests.getAll())])
      return keys.flatMap((key, i) => {
        const entry = values[i]
        return typeof key === 'string' && entry instanceof Uint8Array ? [[key, entry] as const] : []
      })
    },
  }
}

async function open({ indexedDB }: OutboxPlatform, name: string): Promise<Database> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => void request.result.createObjectStore(shelf))
  const database = await done(request)
  // Another tab that wants a newer form is not kept waiting.
  database.addEventListener('versionchange', () => database.close())
  return database
}

function done<T>(request: Asked<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the outbox cannot be read; try again')))
  })
}
