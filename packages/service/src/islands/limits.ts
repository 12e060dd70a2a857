/** How many receipts a node has in common with others at most: the newest. */
export const windowMax = 131_072

/** How many revocations a node has in common with others at most; beyond these, none of strangers is taken. */
export const revocationsMax = 262_144

/** How large a revocation may be that comes from elsewhere, bytes: room for the longest path, and then some. */
export const revocationBytesMax = 4096

/** How often the revocations of the store are read anew for those who ask about them, milliseconds. */
export const revocationsReadEvery = 1000

/** How many receipts of its store a node reads at one go to bring its set up to date. */
export const feedPage = 200

/** After how long a node reconciles again with each of its peers, milliseconds. */
export const reconcileEvery = 60_000

/** How long after a peer came it is reconciled with; the one of the two whose DID is higher waits longer. Milliseconds. */
export const reconcileAfter = [50, 5000] as const

/** How long after an island brought something the others are told of it, milliseconds. */
export const spreadAfter = 1000

/** For how long one who has shown that they may read receipts hears of them, seconds: until well after they show it again. */
export const readerSeconds = 150

/** How many such there are at once. */
export const readersMax = 4096

/** How long one message of a reconciliation is waited for, milliseconds. */
export const messageWithin = 15_000

/** How many tokens one message asks for or brings, and how many bytes it brings. */
export const broughtTokensMax = 1000
export const broughtBytesMax = 4 * 1024 * 1024

/** How many digests that a peer has claimed and not brought are remembered, of each peer. */
export const emptyClaimsMax = 4096

/** From how many such claims on, within one reconciliation, a peer is talking of what is not there. */
export const emptyClaimsLie = 16
