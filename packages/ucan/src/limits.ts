/** How many items an envelope may hold: each takes memory of its own. */
export const envelopeItemsMax = 65_536

/** The largest envelope that is read, bytes. */
export const envelopeBytesMax = 1024 * 1024

/** How many random bytes a nonce has that is to be another one each time. */
export const nonceBytes = 12

/** How many proofs an invocation may name. */
export const proofsMax = 32

/** The largest value that stays inline in a receipt or an argument, bytes; larger byte strings become files. */
export const inlineBytesMax = 16 * 1024

/** How far clocks may differ, seconds. */
export const leewaySeconds = 60

/** How deep the statements of a policy may nest. */
export const policyDepthMax = 32

/** How many statements a policy may have, nested ones included. */
export const policyStatementsMax = 1024

/** The longest selector that is read, characters. */
export const selectorCharactersMax = 4096

/** How much work the policies of one chain may cost together: about a tenth of a second. */
export const policyStepsMax = 1_000_000

/** The largest container that is read, bytes, also after decompression. */
export const containerBytesMax = 16 * 1024 * 1024

/** How many tokens a container may hold. */
export const containerTokensMax = 1024

/** How many verified tokens are remembered. */
export const verifiedTokensMax = 4096

/** How many bytes of verified tokens are remembered. */
export const verifiedBytesMax = 64 * 1024 * 1024

/** How many invocations are remembered against replay at once. */
export const replayEntriesMax = 1_000_000

/** How many revocations are held in memory. */
export const revocationsMax = 1_000_000

/** How many effects a receipt may ask for, and how many receipts it may name as sources. */
export const receiptLinksMax = 10_000

/** The longest name that an agent gives to a module, characters. */
export const nameLengthMax = 64

/** The longest licence expression of a name record, characters. */
export const licenceLengthMax = 128
