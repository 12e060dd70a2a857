/** How much longer than the other side waits its answer is waited for, milliseconds. */
export const answerSlack = 15_000

/** How many bytes the value of a task of another agent may have. */
export const valueBytesMax = 1024 * 1024 * 1024
