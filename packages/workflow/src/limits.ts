/** How many tasks a workflow may have. */
export const tasksMax = 10_000

/** The longest label of a task, characters. */
export const labelLengthMax = 256
