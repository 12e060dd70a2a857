import { createRequire, syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { setEnvironmentData } from 'node:worker_threads'
import type { KillPoint } from '../kill-point.ts'
import { Killer } from './killer.ts'

/** What the threads that write to the store's file know of it. */
export interface DiskState {
  readonly point: KillPoint | undefined
  readonly passes: Int32Array<SharedArrayBuffer>
  /** One, while the file may grow no further. */
  readonly full: Int32Array<SharedArrayBuffer>
}

/** Under what a thread finds it. */
export const diskState = 'ipvm-crash-disk'

/** More pages than SQLite ever has. */
const pagesMax = 2 ** 32 - 2

/**
 * Watches this thread's SQLite: it passes the kill points of each COMMIT, just before and just after the disk has it, and may
 * not grow while the disk is to be full.
 */
export function watchSqlite({ point, passes, full }: DiskState): void {
  const killer = new Killer(point, passes)
  const { exec } = DatabaseSync.prototype
  let wasFull = false
  DatabaseSync.prototype.exec = function (sql) {
    const isFull = Atomics.load(full, 0) === 1
    if (sql === 'BEGIN IMMEDIATE' && isFull !== wasFull) {
      const pages = Number(this.prepare('PRAGMA page_count').get()?.page_count)
      this.prepare(`PRAGMA max_page_count = ${isFull ? pages : pagesMax}`).get()
      wasFull = isFull
    }
    if (sql !== 'COMMIT') return exec.call(this, sql)
    killer.pass('before the disk')
    exec.call(this, sql)
    killer.pass('after the disk')
  }
}

/** Watches SQLite in this thread and in those that it starts. Gives what fills the disk and empties it. */
export function watchDisk({ point, passes }: Killer): (isFull: boolean) => void {
  const full = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const state: DiskState = { point, passes, full }
  watchSqlite(state)
  setEnvironmentData(diskState, { ...state })
  const threads: typeof import('node:worker_threads') = createRequire(import.meta.url)('node:worker_threads')
  const preload = new URL('disk-thread.ts', import.meta.url).href
  threads.Worker = class extends threads.Worker {
    constructor(entry: string | URL, options: ConstructorParameters<typeof threads.Worker>[1] = {}) {
      super(entry, { ...options, execArgv: [...(options.execArgv ?? []), '--import', preload] })
    }
  }
  syncBuiltinESMExports()
  return isFull => Atomics.store(full, 0, isFull ? 1 : 0)
}
