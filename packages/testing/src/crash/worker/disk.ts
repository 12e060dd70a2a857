import { createRequire, syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { setEnvironmentData } from 'node:worker_threads'
import type { KillPoint } from '../kill-point.ts'
import { Killer } from './killer.ts'

/** What the threads that write to the store's file know of it. */
export interface DiskState {
  readonly point: KillPoint | undefined
  readonly passes: Int32Array<SharedArrayBuffer>
}

/** Under what a thread finds it. */
export const diskState = 'ipvm-crash-disk'

/** Watches this thread's SQLite: it passes the kill points of each COMMIT, just before and just after the disk has it. */
export function watchSqlite({ point, passes }: DiskState): void {
  const killer = new Killer(point, passes)
  const { exec } = DatabaseSync.prototype
  DatabaseSync.prototype.exec = function (sql) {
    if (sql !== 'COMMIT') return exec.call(this, sql)
    killer.pass('before the disk')
    exec.call(this, sql)
    killer.pass('after the disk')
  }
}

/** Watches SQLite in this thread and in those that it starts. */
export function watchDisk({ point, passes }: Killer): void {
  const state: DiskState = { point, passes }
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
}
