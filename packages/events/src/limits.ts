/** How many characters the name of a trigger may have. */
export const nameLengthMax = 64

/** How many triggers a node may have. */
export const triggersMax = 1000

/** How many events of a trigger may wait, where its settings do not say; then nothing more is taken on. */
export const waitingDefault = 1000

/** How many they may say. */
export const waitingMax = 100_000

/** How many runs of a trigger go on at once, where its settings do not say. */
export const parallelDefault = 32

/** How many they may say. */
export const parallelMax = 1000

/** How often it is tried to deliver an event before it is dead. */
export const attemptsMax = 5

/** How long it is until the second attempt, milliseconds; each pause is twice the one before. */
export const backoffMilliseconds = 1000

/** How long it is until an event that found no place is brought again, milliseconds. */
export const noPlaceMilliseconds = 250

/** How many events may lead to another, one by the other, on this node: what goes round in a circle ends there. */
export const depthMax = 16

/** How many characters the id of an event may have that comes from outside. */
export const idLengthMax = 256

/** How many events are read from a line, or from a feed, at once. */
export const pageMax = 200

/** How often it is looked what came to a feed, milliseconds. */
export const feedMilliseconds = 100

/** How many entries of a feed may be passed over before it is written down that they were. */
export const passedOverMax = 10_000

/** How often a folder is read though nothing was heard of it, milliseconds: not every file system tells. */
export const scanMilliseconds = 30_000

/** How long a file has to be left alone before it is taken for whole, milliseconds. */
export const settleMilliseconds = 500

/** How many files a trigger looks at. */
export const filesMax = 10_000

/** How deep below its folder. */
export const foldersDeepMax = 32

/** How large a file may be whose content goes into the store, bytes; of larger ones only path and size are told. */
export const fileBytesMax = 64 * 1024 * 1024

/** How many bytes the body of a request may have. */
export const bodyBytesMax = 1_048_576

/** How deep a body of JSON may nest. */
export const bodyDepthMax = 64

/** How many characters path and query of a request may have together. */
export const urlLengthMax = 8192

/** How many headers of a request a function may get, and characters of each. */
export const headersMax = 32
export const headerLengthMax = 4096

/** How many bytes an answer may have. */
export const answerBytesMax = 16 * 1024 * 1024

/** How long a request waits for the end of its run, where its trigger does not say, milliseconds. */
export const waitDefault = 30_000

/** How long it may say. */
export const waitMax = 600_000

/** How many requests wait for their runs at once, over all triggers. */
export const requestsMax = 1000

/** How old or how early a signed webhook may be, seconds, where its trigger does not say. */
export const toleranceDefault = 300

/** How many signatures of one webhook are looked at. */
export const signaturesMax = 8

/** When to ask again, seconds, where there was no place. */
export const retryAfterSeconds = 1

/** How often events are forgotten that nobody sends again, milliseconds. */
export const forgetMilliseconds = 3_600_000

/** How many bytes the value of a receipt may have that goes into an event; of larger ones the receipt is named. */
export const eventDataBytesMax = 262_144

/** How many answers of pure functions a trigger has in memory, and how many bytes each may have. */
export const knownAnswersMax = 2048
export const knownAnswerBytesMax = 8192

/** How many bytes the body of a request may have whose answer is kept so. */
export const knownRequestBytesMax = 2048
