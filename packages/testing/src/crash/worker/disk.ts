import { DatabaseSync } from 'node:sqlite'
import type { Killer } from './watch.ts'

/** The store's file, as SQLite sees it. */
export interface Disk {
  /** Lets the file grow no further, as on a full disk. */
  fill(): void
  /** Lets it grow again. */
  empty(): void
}

/** More pages than SQLite ever has. */
const pagesMax = 2 ** 32 - 2

/**
 * Passes the kill points of SQLite's COMMIT; it writes in this thread, so that the moments before and after are those of the
 * disk. To be called before the store is opened.
 */
export function watchDisk(killer: Killer): Disk {
  const { exec } = DatabaseSync.prototype
  let store: DatabaseSync | undefined
  DatabaseSync.prototype.exec = function (sql) {
    if (sql !== 'COMMIT') return exec.call(this, sql)
    store = this
    killer.pass('before the disk')
    exec.call(this, sql)
    killer.pass('after the disk')
  }
  return {
    fill: () => {
      const pages = Number(store?.prepare('PRAGMA page_count').get()?.page_count)
      store?.prepare(`PRAGMA max_page_count = ${pages}`).get()
    },
    empty: () => {
      store?.prepare(`PRAGMA max_page_count = ${pagesMax}`).get()
    },
  }
}
