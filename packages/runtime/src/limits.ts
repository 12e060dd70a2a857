/** How long an impermanent receipt (a quota crossed, a timeout, a host failure) counts, seconds. */
export const impermanentSeconds = 3600

/** The longest error message that goes into a receipt, characters. */
export const errorMessageLengthMax = 4096

/** How much of a run's log is kept, characters. */
export const logLengthMax = 1_048_576

/** How many frames of a failed run's stack are kept, and characters of each. */
export const stackFramesMax = 32
export const frameLengthMax = 200

/** How many verified receipts are kept in memory, more than a workflow has tasks; the store has them all. */
export const rememberedReceiptsMax = 16_384

/** How many bytes they may have together. */
export const rememberedBytesMax = 16 * 1024 * 1024
