/** How long an impermanent receipt (a quota crossed, a timeout, a host failure) counts, seconds. */
export const impermanentSeconds = 3600

/** The longest error message that goes into a receipt, characters. */
export const errorMessageLengthMax = 4096

/** How much of a run's log is kept, characters. */
export const logLengthMax = 1_048_576

/** How many frames of a failed run's stack are kept, and characters of each. */
export const stackFramesMax = 32
export const frameLengthMax = 200

/** How many verified receipts are kept in memory, 2 KiB each: as many as the largest workflow has, and a few; the store has them all. */
export const rememberedReceiptsMax = 10_240

/** How many bytes they may have together. */
export const rememberedBytesMax = 16 * 1024 * 1024

/** Of how many tasks it is remembered that there are results which do not count. */
export const rivalsMax = 16_384

/** How long a change that found the disk full waits until it is tried again, milliseconds. */
export const fullRetryMilliseconds = 1000

/** For how long an invocation counts as just judged, milliseconds: what begins later is judged once more. */
export const judgedMilliseconds = 10

/** How often it is looked whether another process has written, milliseconds. */
export const lookMilliseconds = 50

/** How often who follows a run looks by themselves, milliseconds. */
export const slowLookMilliseconds = 10_000

/** How many tasks may be under way, over all runs; further runs wait in line. */
export const tasksUnderWayMax = 100_000

/** How many runs may wait in line; further ones are refused. */
export const runsInLineMax = 1000

/** How many grants a request may have that says what is done at most. */
export const grantsMax = 256

/** How many tasks the workflows have together that are kept in memory once they were read. */
export const knownTasksMax = 12_000

/** How long the world may ask to wait before the next attempt, milliseconds; what is longer counts as this. */
export const askedPauseMax = 3_600_000

/** How many tasks a function may ask for at once, beside the one that goes on in its place. */
export const askedTasksMax = 2048

/** How many bytes these may have, and how many values: they stand in its receipt, which has to fit an envelope. */
export const askedBytesMax = 512 * 1024
export const askedItemsMax = 32_768

/** How many tasks may be asked for by the functions of one run, whatever the grants say. */
export const spawnedTasksMax = 100_000

/** How many known results are looked up before everything else has its turn: some milliseconds of work. */
export const lookUpsAtOnceMax = 512

/** Of how many tasks that failed a timeline says how, which is read from their receipts. */
export const timelineReceiptsMax = 500

/** How many answers of pure functions are kept in memory, and how many plans of how to come to them. */
export const knownAnswersMax = 4096

/** How many bytes a receipt may have whose answer is kept so. */
export const knownAnswerBytesMax = 8192

/** How many promises a task of such a plan may have: a large request is put in for each of them at once. */
export const promisesPutInMax = 32

/** For how long another agent may wait at once before it says that a task is not done yet, milliseconds. */
export const remoteWait = 20_000

/** The longest pause before an agent that did not answer is asked again, milliseconds. */
export const awayPauseMax = 30_000

/** For how long another agent is asked again at least after this node was started, milliseconds: it may be found late. */
export const askAgainFor = 60_000

/** How long it takes at least from one question to the next of what is not done yet, milliseconds. */
export const pendingPauseMin = 1000

/** How many tasks of one agent are asked for side by side; the others wait in line. */
export const remoteParallel = 16

/** How long a task of another agent is waited for at most whose delegation to read it has no end, milliseconds. */
export const awaitedMax = 24 * 3_600_000

/** How many bytes of files and modules go along with a task of another agent, which a request has room for. */
export const contentBytesMax = 24 * 1024 * 1024

/** How long an agent has to come to what it awaits before that is sent on to it, milliseconds. */
export const sendOnAfter = 500

/** How many blocks are remembered with who brought them: those of 64 GiB of files. */
export const broughtBlocksMax = 65_536

/** At how many addresses an agent is looked for that somebody else says it is at. */
export const hintsMax = 8
