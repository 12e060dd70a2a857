/** Of how many modules the functions are remembered. */
export const knownModulesMax = 256

/** How large the cache of rewritten components may become on the disk, bytes. */
export const programCacheBytesMax = 512 * 1024 * 1024

/** How long an invocation that a node writes to itself may be used, seconds. */
export const ownInvocationSeconds = 300
