import { StoreError } from '../store.ts'

/** What IndexedDB says is wrong, for a person. Anything else is our own bug and goes on as it is. */
export function storeError(name: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof StoreError) return thrown
  switch (thrown.name) {
    case 'QuotaExceededError':
      return new StoreError(
        'StoreFull',
        `no disk space left for ${name}: free some, or allow this site to keep more, and run it again; all that was stored is kept`,
        thrown,
      )
    case 'VersionError':
      return new StoreError('StoreUnreadable', `the store ${name} was written by a newer ipvm: load it again`, thrown)
    case 'InvalidStateError':
      return new StoreError('StoreUnreadable', `the store ${name} was closed: load this page again`, thrown)
    case 'AbortError':
    case 'NotReadableError':
    case 'SecurityError':
    case 'TimeoutError':
    case 'UnknownError':
      return new StoreError(
        'StoreUnreadable',
        `the store ${name} cannot be read or written (${thrown.message}): load this page again; private windows may keep nothing`,
        thrown,
      )
    default:
      return thrown
  }
}
