/** Core values that a function's parameters may take before they go through memory (Canonical ABI § Flattening). */
export declare const flatParamsMax = 16
/** Core values that a function's result may take before it goes through memory. */
export declare const flatResultsMax = 1
/** The longest string or list that crosses the border of a guest, bytes (Canonical ABI § Loading). */
export declare const listBytesMax: number
/**
 * What one call may hand over in all, bytes; every element of a list that is not of numbers counts 8 at least. A guest can
 * point at the same megabyte a million times: without this the host would copy it a million times.
 */
export declare const liftedBytesMax: number
/** Bytes of a page of memory. */
export declare const pageBytes: number
/** The largest memory of profile 1: 2 GiB, in pages. A constant of the profile: growing past it is -1 everywhere. */
export declare const memoryPagesMax = 32768
/** The largest table of profile 1, entries. */
export declare const tableEntriesMax = 1000000
/** Tables of one component that can hold {@link tableEntriesMax}, or as many entries in smaller ones. */
export declare const tableEntriesInAllMax: number
/** Entries of the sections of one core module (JavaScript API § Implementation Limits), and its tables. */
export declare const typesMax = 1000000
export declare const functionsMax = 1000000
export declare const importsMax = 1000000
export declare const exportsMax = 1000000
export declare const globalsMax = 1000000
export declare const segmentsMax = 100000
export declare const tablesMax = 100
/** The largest function, bytes, and its locals (JavaScript API § Implementation Limits). */
export declare const functionBytesMax = 7654321
export declare const localsMax = 50000
/** Parameters or results of one function type, and labels of one `br_table` (as above). */
export declare const paramsMax = 1000
export declare const labelsMax = 65520
/** Words of eight bytes that the frames of a run may have together; a constant of the profile (docs/gas.md). */
export declare const stackWordsMax = 98304
/** Words that a frame takes beside its locals and operands. */
export declare const frameWords = 12
/** A function that calls nothing, and whose frame is at most so large, is not counted, words. */
export declare const leafWordsMax = 128
/** Words that a call takes which goes through the host, from one component to another. */
export declare const hostCallWords = 256
/** Gas that a core module takes out of the pool at once. */
export declare const gasPortion: number
/** Gas that is charged for one basic block at once. */
export declare const blockGasMax = 8000
/** How deep blocks of one function may nest. */
export declare const blockDepthMax = 100000
/** What one run may write to its log, bytes; the rest is dropped, and the log says so. No part of the result. */
export declare const logBytesMax: number
/** What may be written to a stream at once, bytes. A constant of the profile: `check-write` tells the guest. */
export declare const streamWriteBytesMax: number
/** Handles of host resources that one component instance may hold. A constant of the profile. */
export declare const handlesMax = 100000
/** Prepared modules that are kept ready, the least recently used go first. */
export declare const preparedMax = 64
/** Byte strings at least this long are moved to and from a worker instead of being cloned. */
export declare const movedBytesMin: number
/** JavaScript heap of one worker, MiB: what a guest makes the host hold beside its own memory. */
export declare const workerHeapMebibytes = 1024
/** How often a job is tried that breaks the thread that does it. */
export declare const triesMax = 2
/** How long reading, checking and compiling one module may take, milliseconds. */
export declare const prepareMillisecondsMax = 60000
//# sourceMappingURL=limits.d.ts.map
