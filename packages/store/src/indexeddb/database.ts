import { StoreError } from '../store.ts'
import { storeError } from './fault.ts'
import { tellJournals } from './migration.ts'
import type { Database, IndexedDbPlatform, ObjectStore, Transaction } from './platform.ts'
import { schemaVersion, since, stores, type StoreName } from './stores.ts'

const names = Object.keys(stores)

/** A database whose transactions are functions. */
export interface Transactions {
  /** Does what only reads. */
  read<T>(work: (store: (name: StoreName) => ObjectStore) => Promise<T>): Promise<T>
  /** Does what writes, all of it or nothing; it is on the disk when this resolves. */
  write<T>(work: (store: (name: StoreName) => ObjectStore) => Promise<T>): Promise<T>
  close(): void
}

/** @throws StoreError when the database cannot be opened */
export async function openDatabase(name: string, platform: IndexedDbPlatform): Promise<Transactions> {
  const db = await opened(name, platform)
  // Another tab brings a newer version: this one lets go, and says so at its next call.
  db.addEventListener('versionchange', () => db.close())
  const run = async <T>(
    mode: 'readonly' | 'readwrite',
    work: (store: (name: StoreName) => ObjectStore) => Promise<T>,
  ): Promise<T> => {
    try {
      const transaction = db.transaction(names, mode, { durability: 'strict' })
      const done = finished(transaction)
      done.catch(() => {})
      const value = await work(store => transaction.objectStore(store)).catch(thrown => abort(transaction, thrown))
      if (mode === 'readwrite') await done
      return value
    } catch (thrown) {
      throw storeError(name, thrown)
    }
  }
  return { read: work => run('readonly', work), write: work => run('readwrite', work), close: () => db.close() }
}

function opened(name: string, { indexedDB }: IndexedDbPlatform): Promise<Database> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, schemaVersion)
    request.addEventListener('upgradeneeded', ({ oldVersion = 0 }) =>
      upgrade(request.result, request.transaction, oldVersion),
    )
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(storeError(name, request.error)))
    request.addEventListener('blocked', () => {
      const message = `the store ${name} is held by another tab of an earlier version: close it and load this one again`
      reject(new StoreError('StoreLocked', message, undefined))
    })
  })
}

/** @param from the version that the database is of; 0 where it is new */
function upgrade(db: Database, transaction: Transaction | null, from: number): void {
  const isThere = (name: string) => from >= (since[name] ?? 1)
  for (const [name, made] of Object.entries(stores)) {
    const hasNumbers = 'indexes' in made
    const store = isThere(name)
      ? transaction?.objectStore(name)
      : db.createObjectStore(name, { autoIncrement: hasNumbers })
    for (const [index, path] of hasNumbers ? Object.entries(made.indexes) : []) {
      if (isThere(name) && isThere(`${name}.${index}`)) continue
      store?.createIndex(index, typeof path === 'string' ? path : [...path])
    }
  }
  if (from === 1 && transaction) void tellJournals(db, name => transaction.objectStore(name))
}

function finished(transaction: Transaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error))
  })
}

/** Nothing of a transaction stays whose work failed half-way. */
function abort(transaction: Transaction, thrown: unknown): never {
  try {
    transaction.abort()
  } catch {
    // The failed request has ended it already.
  }
  throw thrown
}
