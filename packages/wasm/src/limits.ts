/** Core values that a function's parameters may take before they go through memory (Canonical ABI § Flattening). */
export const flatParamsMax = 16

/** Core values that a function's result may take before it goes through memory. */
export const flatResultsMax = 1

/** The longest string or list that crosses the border of a guest, bytes (Canonical ABI § Loading). */
export const listBytesMax = 2 ** 28 - 1

/**
 * What one call may hand over in all, bytes; every element of a list that is not of numbers counts 8 at least. A guest can
 * point at the same megabyte a million times: without this the host would copy it a million times.
 */
export const liftedBytesMax = 2 ** 28 - 1

/** Bytes of a page of memory. */
export const pageBytes = 64 * 1024

/** The largest memory of profile 1: 2 GiB, in pages. A constant of the profile: growing past it is -1 everywhere. */
export const memoryPagesMax = 32_768

/** The largest table of profile 1, entries. */
export const tableEntriesMax = 1_000_000

/** Tables of one component that can hold {@link tableEntriesMax}, or as many entries in smaller ones. */
export const tableEntriesInAllMax = 10 * tableEntriesMax

/** Entries of the sections of one core module: at most those of engines (JavaScript API § Implementation Limits). */
export const typesMax = 1_000_000
export const functionsMax = 1_000_000
export const importsMax = 100_000
export const exportsMax = 100_000
export const globalsMax = 1_000_000
export const segmentsMax = 100_000
export const tablesMax = 100

/** The largest function, bytes, and its locals (JavaScript API § Implementation Limits). */
export const functionBytesMax = 7_654_321
export const localsMax = 50_000

/** Parameters or results of one function type, and labels of one `br_table` (as above). */
export const paramsMax = 1_000
export const labelsMax = 65_520

/** Words of eight bytes that the frames of a run may have together; a constant of the profile (docs/gas.md). */
export const stackWordsMax = 98_304

/** Words that a frame takes beside its locals and operands. */
export const frameWords = 12

/** A function that calls nothing, and whose frame is at most so large, is not counted, words. */
export const leafWordsMax = 128

/** Words that a call takes which goes through the host, from one component to another. */
export const hostCallWords = 256

/** Gas that a core module takes out of the pool at once. */
export const gasPortion = 2 ** 20

/** Gas that is charged for one basic block at once. */
export const blockGasMax = 8_000

/**
 * What compiling one function may take: at each call and branch 1 for each local and operand there is, and at each block
 * {@link workOfBlock}. Engines note for each block where each of them is, and free nothing before the function is done:
 * without this 50 KB of code take more memory than a machine has, where neither gas nor a worker's heap limit counts it.
 */
export const compileWorkMax = 2 ** 26
export const workOfBlock = 8

/** How deep blocks of one function may nest. */
export const blockDepthMax = 100_000

/** What one run may write to its log, bytes; the rest is dropped, and the log says so. No part of the result. */
export const logBytesMax = 256 * 1024

/** What may be written to a stream at once, bytes. A constant of the profile: `check-write` tells the guest. */
export const streamWriteBytesMax = 1024 * 1024

/** Frames of a guest's stack that are told of after a failure, and characters of the name of each. No part of the result. */
export const stackFramesMax = 32
export const functionNameLengthMax = 200

/** Of how many modules the names of functions are remembered, and how many bytes of each core module. */
export const namedModulesMax = 16
export const functionNamesBytesMax = 1024 * 1024

/** Handles of host resources that one component instance may hold. A constant of the profile. */
export const handlesMax = 100_000

/** Prepared modules that are kept ready, the least recently used go first. */
export const preparedMax = 64

/** Byte strings at least this long are moved to and from a worker instead of being cloned. */
export const movedBytesMin = 16 * 1024

/** JavaScript heap of one worker, MiB: what a guest makes the host hold beside its own memory. */
export const workerHeapMebibytes = 1024

/** How often a job is tried that breaks the thread that does it. */
export const triesMax = 2

/** How long reading, checking and compiling one module may take, milliseconds. */
export const prepareMillisecondsMax = 60_000

/** How many jobs a thread may have before it is done with the first, and how long they may take as far as can be told. */
export const jobsAheadMax = 16
export const aheadMillisecondsMax = 2

/** How long a thread works before it sends replies and hears of further requests, milliseconds. */
export const sliceMilliseconds = 1

/** After so long, milliseconds, a job that was taken for a short one keeps others no longer waiting behind it. */
export const overstayMilliseconds = 25

/** How many runs may have the files loaded that they need, beside those of each thread. */
export const loadedPerThread = 3

/** What the last run of a function counts for in how long the next one is expected to take. */
export const durationWeight = 0.25
