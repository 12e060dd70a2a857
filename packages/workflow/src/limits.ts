/** How many tasks a workflow may have. */
export const tasksMax = 10_000

/** The longest label of a task, characters. */
export const labelLengthMax = 256

/** How often one task may be tried at most, however its `retry` is set. */
export const attemptsMax = 1000

/** The longest time that a config may give, milliseconds: a year. */
export const durationMax = 365 * 24 * 3_600_000

/** How far pauses between attempts grow, milliseconds: to an hour. */
export const retryDelayMax = 3_600_000

/** The longest cron expression that is read, characters. */
export const cronLengthMax = 256

/** The longest nonce of a schedule, bytes. */
export const scheduleNonceBytesMax = 64

/** The last second that a schedule may name: the end of the year 9999. */
export const scheduleTimeMax = 253_402_300_799

/** How many times a schedule was due are listed at once. */
export const missedMax = 1000
