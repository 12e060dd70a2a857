/** The most random bytes that one task draws. */
export const randomBytesMax = 65_536

/** How many bytes of an answer an HTTP effect reads, where nothing is said; and the most that may be said. */
export const httpBytesDefault = 16 * 1024 * 1024
export const httpBytesMax = 256 * 1024 * 1024

/** How many redirects are followed, where nothing is said; and the most that may be said. */
export const redirectsDefault = 5
export const redirectsMax = 20

/** How many entries a list of what is allowed may have, and characters each. */
export const allowListMax = 1000
export const allowEntryLengthMax = 2048
