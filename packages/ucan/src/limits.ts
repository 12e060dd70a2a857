/** The largest envelope that is read, bytes. */
export const envelopeBytesMax = 1024 * 1024

/** How many proofs an invocation may name. */
export const proofsMax = 32

/** The largest value that stays inline in a receipt or an argument, bytes; larger byte strings become files. */
export const inlineBytesMax = 16 * 1024

/** How far clocks may differ, seconds. */
export const leewaySeconds = 60
