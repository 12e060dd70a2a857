import { StoreError } from '../store.ts'
import { disorderCode } from './row.ts'

const permission = 3
const busy = 5
const locked = 6
const readOnly = 8
const corrupt = 11
const full = 13
const ioError = 10
const cannotOpen = 14
const notADatabase = 26

/** What SQLite's result code means for a person. Anything else is our own bug and goes on as it is. */
export function storeError(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return thrown
  // The low byte is the primary code; the rest tells variants apart (sqlite.org/rescode.html).
  switch (thrown.errcode & 0xff) {
    case full:
      return new StoreError(
        'StoreFull',
        `no disk space left for ${path}: free some and run it again; all that was stored is kept`,
        thrown,
      )
    case corrupt:
    case notADatabase:
      return new StoreError(
        'StoreCorrupt',
        `the store ${path} is damaged (${thrown.message}): move it aside and restore a backup, or start a new one with ipvm init`,
        thrown,
      )
    case busy:
    case locked:
      return new StoreError(
        'StoreLocked',
        `the store ${path} is held by another process: wait until it ends and run it again`,
        thrown,
      )
    case permission:
    case readOnly:
    case ioError:
    case cannotOpen:
      return new StoreError(
        'StoreUnreadable',
        `the store ${path} cannot be read or written (${thrown.message}): check the folder, its rights and the disk`,
        thrown,
      )
    case disorderCode:
      return new StoreError('StoreDisorder', thrown.message, thrown)
    default:
      return thrown
  }
}
