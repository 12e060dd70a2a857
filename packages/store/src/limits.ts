/** How old the note of a block's last use may be before bringing it again renews it, seconds. */
export const usedStepSeconds = 3600

/** How many blocks, receipts or runs housekeeping takes in one step. */
export const stepItemsMax = 1000

/** How long a block that nothing refers to is left alone, seconds, where nothing else is asked for: a week. */
export const unusedSeconds = 604_800

/** How young a thing may be and yet go when a quota is crossed, seconds: its last use is noted only so exactly. */
export const recentSeconds = 2 * usedStepSeconds

/** How many bytes of blocks an import gathers before it commits them. */
export const importBatchBytes = 4 * 1024 * 1024

/** How many blocks an import gathers before it commits them. */
export const importBatchBlocksMax = 1000

/** How many receipts, reports, values or entries of a journal one record of an export holds. */
export const recordItemsMax = 2000

/** How many characters of logs, or bytes of values, one record of an export holds; what is longer has a record of its own. */
export const recordLogLengthMax = 1_048_576

/** How many items a record of an export may decode to: each takes memory of its own. */
export const recordItemsDecodedMax = 500_000

/** How many entries the journal of a run may have that is imported: they are held together. */
export const journalEntriesMax = 250_000

/**
 * How long an event that was delivered is known, seconds: 30 days. Who sends one again does so within days: Stripe within
 * 3, GitHub within 3, Standard Webhooks within about 2.
 */
export const deliveredSeconds = 2_592_000

/** How long an event that is dead is kept for a person, seconds: 90 days. */
export const deadSeconds = 7_776_000
