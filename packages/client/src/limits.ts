/** How often one request is sent before the node counts as away, without an outbox. */
export const attemptsMax = 5

/** The same once the node has taken the request on, which goes on there meanwhile: somewhat over a minute. */
export const attemptsTakenOnMax = 10

/** How long the first new attempt waits, and the longest that a later one does, milliseconds. */
export const retryWaits = [200, 30_000] as const

/** The longest that a busy node may make a request wait, milliseconds. */
export const busyWaitMax = 60_000

/** How long the node may wait for what is not done yet before it answers "not yet", milliseconds. */
export const askWait = 25_000

/** How much longer than that an answer may be on its way, milliseconds. */
export const answerWithin = 30_000

/** How long an invocation holds where nobody says, seconds. */
export const invocationSeconds = 3600

/** The same of one that goes through an outbox, which may have to wait for a connection. */
export const outboxSeconds = 7 * 24 * 3600

/** How long the invocation in a header holds, seconds. */
export const bearerSeconds = 120

/** How many bytes of blocks go along with a request without asking the node which of them it has. */
export const unaskedBytesMax = 128 * 1024

/** How many bytes of blocks go along with a request at most; what is more is brought by PUT before. */
export const alongBytesMax = 8 * 1024 * 1024

/** How many requests about blocks go on side by side. */
export const blocksAtOnce = 6

/** How many delegations may prove what one may do: a container has room for them beside an invocation and its chain. */
export const proofsMax = 900

/** How many requests of an outbox are sent side by side. */
export const outboxAtOnce = 4

/** How many requests an outbox holds. */
export const outboxEntriesMax = 10_000

/** How many bytes of a document about a node are read. */
export const documentBytesMax = 64 * 1024

/** How long a node is asked who it is, milliseconds. */
export const whoWithin = 10_000

/** How many event streams in a row may end without an event before the run counts as lost. */
export const emptyStreamsMax = 5

/** How long a file may take on its way to the node, milliseconds. */
export const putWithin = 30 * 60_000

/** After how long without a word an event stream counts as lost, milliseconds. */
export const silenceMax = 45_000

/** How many bytes of blocks that came along with answers are kept at hand. */
export const heldBytesMax = 32 * 1024 * 1024

/** How long the last events of a run that has ended are waited for, milliseconds. */
export const lastEventsWithin = 10_000
