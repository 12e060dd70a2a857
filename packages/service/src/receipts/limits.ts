/** How long tasks are gathered before peers are asked for their receipts, milliseconds. */
export const gatherMilliseconds = 4

/** How many tasks one request asks for. */
export const tasksAtOnceMax = 256

/** How many tasks may be asked for at once, over all peers; what comes then is not asked for. */
export const findsMax = 20_000

/** How many peers are asked for one task. */
export const peersAskedMax = 8

/** How many requests for receipts are under way to one peer; what comes meanwhile waits for the next one. */
export const asksPerPeerMax = 2

/** How long a peer's answer is waited for, milliseconds. */
export const findWithin = 5000

/** After how long a peer is asked again that did not let us read, or did not answer, milliseconds. */
export const askAgainAfter = 60_000

/** How many entries of a directory of who has what are written or read side by side; what comes meanwhile has none. */
export const providedAtOnce = 8

/** For how many of the tasks that are wanted within a moment such a directory is asked. */
export const providersAskedMax = 4

/** After how long it is looked again whether there is such a directory, milliseconds. */
export const provideAgainAfter = 10 * 60_000

/** How often it is looked again which peers are trusted, milliseconds. */
export const lookAgainAfter = 30_000

/** For how long an invocation that asks a peer holds, seconds. */
export const askSeconds = 120

/** The largest value that is brought with a receipt that a run waits for, bytes. */
export const foundValueBytesMax = 1024 * 1024 * 1024

/** The largest value that is brought with a receipt that nobody here asked for, bytes. */
export const heardValueBytesMax = 16 * 1024 * 1024

/**
 * How many bytes of receipts and values are kept that nobody here asked for, of each executor: at one go, and a second (21
 * GiB a day). What is more comes when there is room again, or when it is asked for.
 */
export const heardBytes = { burst: 8 * 1024 * 1024 * 1024, perSecond: 256 * 1024 } as const

/** Of how many executors that is counted. */
export const heardExecutorsMax = 4096

/** How many such values are brought side by side; what comes meanwhile is left to be reconciled. */
export const valuesAtOnce = 8

/** How many receipts and revocations that were declined are remembered, so that they are not asked for again. */
export const declinedMax = 65_536

/** How long receipts of this node are gathered before they are announced, milliseconds. */
export const announceEvery = 50

/** How many tokens one announcement has, and how many bytes of them. */
export const announcedTokensMax = 256
export const announcedBytesMax = 256 * 1024

/** How many announcements go out at one go; what is more than that is left to be reconciled. */
export const announcementsAtOnce = 16
