import type { UnixSeconds } from '@ipvm/ucan'

/** How a store is opened. */
export interface StoreOptions {
  /** The time of day, for noting when blocks were used; the system's, where not given. */
  readonly now?: () => UnixSeconds
}

/** The system's time of day. */
export function systemSeconds(): UnixSeconds {
  return Math.floor(Date.now() / 1000)
}
