/** How many tasks a workflow may have. */
export const tasksMax = 10_000

/** How many grants a config may have of what a function may ask for. */
export const fxGrantsMax = 64

/** How long a chain of tasks may be of which each was asked for by the one before. */
export const fxDepthMax = 10_000

/** How many tasks may be asked for by the functions under one grant. */
export const fxTasksMax = 10_000

/** How long the label may become of a task that was asked for, characters. */
export const spawnedLabelLengthMax = 2048

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
