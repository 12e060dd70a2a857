/** Of how many modules the functions are remembered. */
export const knownModulesMax = 256

/** The largest config that is read, bytes. */
export const configBytesMax = 1024 * 1024

/** The largest secret, bytes. */
export const secretBytesMax = 64 * 1024

/** How large the cache of rewritten components may become on the disk, bytes. */
export const programCacheBytesMax = 512 * 1024 * 1024

/** How long an invocation that a node writes to itself may be used, seconds. */
export const ownInvocationSeconds = 300

/** How many spans wait for the collector at most; what comes on top is dropped. */
export const spansWaitingMax = 32_768

/** How many spans go to the collector at once. */
export const spansPerExport = 1024

/** How long a collector is waited for, where the environment does not say, milliseconds: a person may be waiting, too. */
export const spanExportMilliseconds = 2000

/** Where a node is reached over HTTP, where its config does not say. */
export const servePortDefault = 4786

/** How many connections a node takes at once; further ones are closed. */
export const connectionsMax = 2048

/** How many bytes the headers of a request may have together. */
export const headersBytesMax = 16_384

/** How long the headers of a request may take, milliseconds. */
export const headersMilliseconds = 10_000

/** How long a whole request may take to arrive, milliseconds. */
export const requestMilliseconds = 30_000

/** How long an answer waits for somebody who takes none of it, milliseconds. */
export const takeMilliseconds = 30_000

/** How long a connection is kept that nobody asks on, milliseconds. */
export const keepAliveMilliseconds = 5000

/** The largest list of peers that is read, bytes: as many peers as may be, each with what both let the other do. */
export const peersBytesMax = 64 * 1024 * 1024

/** How long a process waits for another one that changes the list of peers, milliseconds. */
export const peersLockMilliseconds = 10_000

/** How often a running node looks whether another process has changed its list of peers, milliseconds. */
export const peersLookMilliseconds = 250

/** The longest that a process may say of the network to other processes, bytes. */
export const networkStatusBytesMax = 16 * 1024 * 1024

/** For how long changes of who is there are gathered before they are told to other processes, milliseconds. */
export const networkStatusMilliseconds = 100

/** For how long a record of where a node is holds, seconds; it is signed anew after half of that. */
export const peerRecordSeconds = 24 * 3600

/** How many addresses of each kind the config of libp2p may have. */
export const libp2pAddressesMax = 64
