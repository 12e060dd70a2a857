/** How much longer than the other side waits its answer is waited for, milliseconds. */
export const answerSlack = 15_000

/** How many bytes the value of a task of another agent may have. */
export const valueBytesMax = 1024 * 1024 * 1024
/** How many invocations one body may bring. */
export const invocationsMax = 256

/** How many bytes of blocks go along with an answer, so that large values need not be asked for apart. */
export const answerBlocksBytesMax = 8 * 1024 * 1024

/** How many blocks one invocation may ask for. */
export const blocksAskedMax = 1024

/** Of how many tasks one invocation may ask the receipts. */
export const tasksAskedMax = 1024

/** How many tasks are waited for at once, by all who ask for receipts together; what is asked beyond that is told as it is. */
export const tasksWaitedMax = 65_536

/** How many receipts one answer has: as many as a container, less one of the invocation itself for each that it may bring. */
export const receiptsAnsweredMax = 768

/** How many blocks are written at once that come in as a stream, and how many bytes of them. */
export const putBatchBlocks = 64
export const putBatchBytes = 4 * 1024 * 1024

/** How many results of one task are found by its name that came from executors who do not count here. */
export const untrustedResultsMax = 16

/** For how long a signed answer counts that is about this moment, such as what is known of a workflow; seconds. */
export const answerSeconds = 300

/** For how long the signed record of where this node is holds, and how long before its end another one is made; seconds. */
export const recordSeconds = 24 * 3600
export const recordRenewSeconds = 12 * 3600

/** How many addresses and agents the admission has an eye on; who was idle longest is forgotten for the next. */
export const watchedMax = 16_384

/** How many peers are kept on one node's list. */
export const peersKeptMax = 1024

/** How many invitations may be open at once. */
export const invitationsMax = 64

/** The longest link of an invitation that is read, characters: what a terminal and a chat program take. */
export const linkLengthMax = 8192

/** How many delegations peers give each other when they join, and how many are kept of one peer. */
export const peerDelegationsMax = 64

/** The longest name of a peer, characters. */
export const peerNameLengthMax = 64

/** How long an invitation holds where nobody says, seconds. */
export const invitationSeconds = 600

/** How long an invitation may hold at most, seconds: its link is a key, and links are kept by chat programs. */
export const invitationSecondsMax = 7 * 24 * 3600

/** For how long peers give each other authority when they join, seconds. */
export const sharedSeconds = 365 * 24 * 3600

/** What is left when it is given anew, seconds: a third. */
export const renewBelowSeconds = sharedSeconds / 3

/** How long a peer may take to answer who joins, or who renews, milliseconds. */
export const joinWithin = 20_000

/** How long an invocation in an `Authorization` header of ours holds, seconds: clocks may differ by some. */
export const bearerSeconds = 120

/** How long the first new attempt to reach a peer waits, and the longest that a later one does, milliseconds. */
export const dialWaits = [1000, 120_000] as const

/** How many peers are dialled side by side. */
export const dialsAtOnce = 16

/** How often a peer that is there is asked what it lets this node do, at most, seconds. */
export const renewEverySeconds = 3600

/** How many addresses of an agent are told to another one that is to ask it. */
export const addressesToldMax = 8

/** How many delegations somebody brings at most to be let in without being known. */
export const doorDelegationsMax = 64
