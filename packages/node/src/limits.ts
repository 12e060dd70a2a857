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

/** How many connections a node takes at once, where its config does not say; further ones are closed. */
export const connectionsDefault = 4096

/** How many of these may be from one address, where its config does not say. */
export const connectionsPerAddressDefault = 256

/** The least that a config may set as the largest request, bytes: nodes bring each other results by the 4 MiB. */
export const bodyBytesMin = 8 * 1024 * 1024

/** How many bytes the headers of a request may have together: room for a chain of proofs in `Authorization`. */
export const headersBytesMax = 64 * 1024

/** How long the headers of a request may take, or the handshake of TLS, milliseconds. */
export const headersMilliseconds = 10_000

/** How long the body of a request to a function URL or a webhook may take to arrive, milliseconds. */
export const requestMilliseconds = 30_000

/** How long an answer waits for somebody who takes none of it, milliseconds. */
export const takeMilliseconds = 30_000

/** How long a connection is kept that nobody asks on, milliseconds. */
export const keepAliveMilliseconds = 5000

/** For how long requests under way may go on when a node ends, where its config does not say, seconds. */
export const drainSecondsDefault = 10

/** How long its config may say, seconds. */
export const drainSecondsMax = 600

/** How long answers may take to leave once what they waited for was stopped, milliseconds. */
export const lastWordsMilliseconds = 500

/** How many requests one connection of HTTP/2 may have under way. */
export const streamsPerConnectionMax = 128

/** How many requests one connection of HTTP/2 may call off at one go, and each second for long. */
export const resetsBurst = 256
export const resetsPerSecond = 32

/** How many pings and changed settings one connection of HTTP/2 may send within ten seconds. */
export const controlFramesMax = 128

/** How many megabytes one connection of HTTP/2 may keep in memory before further requests on it are refused: two large answers. */
export const sessionMegabytesMax = 64

/** How long a connection of HTTP/2 is kept that has no request under way, milliseconds. */
export const sessionIdleMilliseconds = 60_000

/** How often it is looked whether the files of a certificate have changed, milliseconds. */
export const certificateLookMilliseconds = 5000

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

/** Of how many peers that went it is told to other processes when they did. */
export const networkStatusWentMax = 1024

/** From how little room on the disk on a doctor warns, bytes. */
export const diskBytesLow = 1_000_000_000

/** How many days before its end a doctor warns of a certificate. */
export const certificateDaysLow = 14

/** How long a doctor waits for each that it asks, milliseconds. */
export const doctorMilliseconds = 5000
