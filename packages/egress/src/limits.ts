/** The longest URL that is asked for, characters. */
export const urlLengthMax = 8192

/** How many headers a request may have beside the guard's own, and how many bytes they have together. */
export const requestHeadersMax = 64
export const requestHeaderBytesMax = 16 * 1024

/** How many bytes the headers of an answer may have. */
export const responseHeaderBytesMax = 64 * 1024

/** How many bytes a request may carry. */
export const requestBytesMax = 64 * 1024 * 1024

/** How many bytes of an answer are read, whatever is asked for. */
export const responseBytesMax = 256 * 1024 * 1024

/** How many redirects are followed, whatever is asked for. */
export const redirectsMax = 20

/** How many addresses of one name are looked at. */
export const addressesMax = 32

/** How many connections are open at once: in all, to one place, and of them unused. */
export const connectionsMax = 256
export const connectionsPerPlaceMax = 16
export const idleConnectionsMax = 32

/** How long an unused connection is kept, milliseconds. */
export const idleConnectionMilliseconds = 5_000

/** How many names are looked up at once by the system, which has few threads for it. */
export const lookUpsMax = 2

/** How long each part of a request may take, milliseconds; `total` is for all of them and every redirect. */
export const times = { connect: 10_000, answer: 60_000, idle: 30_000, total: 300_000 } as const
