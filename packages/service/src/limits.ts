/** How many invocations one body may bring. */
export const invocationsMax = 256

/** How many bytes of blocks go along with an answer, so that large values need not be asked for apart. */
export const answerBlocksBytesMax = 8 * 1024 * 1024

/** How many blocks one invocation may ask for. */
export const blocksAskedMax = 1024

/** Of how many tasks one invocation may ask the receipts. */
export const tasksAskedMax = 1024

/** How many receipts one answer has: as many as a container, less one of the invocation itself for each that it may bring. */
export const receiptsAnsweredMax = 768

/** How many blocks are written at once that come in as a stream, and how many bytes of them. */
export const putBatchBlocks = 64
export const putBatchBytes = 4 * 1024 * 1024

/** For how long a signed answer counts that is about this moment, such as what is known of a workflow; seconds. */
export const answerSeconds = 300

/** For how long the signed record of where this node is holds, and how long before its end another one is made; seconds. */
export const recordSeconds = 24 * 3600
export const recordRenewSeconds = 12 * 3600

/** How many addresses and agents the admission has an eye on; who was idle longest is forgotten for the next. */
export const watchedMax = 16_384
