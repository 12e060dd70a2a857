/** The largest body of a request or an answer, bytes: a container, or a CAR with documents and modules. */
export const bodyBytesMax = 32 * 1024 * 1024

/** How long an answer is waited for where nobody says, milliseconds. */
export const answerWithin = 30_000

/** How long a connection is waited for where nobody says, milliseconds. */
export const connectWithin = 10_000

/** How long the next block is waited for where nobody says, milliseconds. */
export const blockWithin = 15_000

/** How long a handler may take for a request that came in, milliseconds; then the asker is told `Busy`. */
export const handlerWithin = 120_000

/** How many requests that came in are worked at side by side. */
export const requestsMax = 256

/** How many of these may be of one peer. */
export const requestsPerPeerMax = 32

/** After how long a peer that was told `Busy` may ask again, milliseconds. */
export const busyRetry = 1000

/** How many block streams that were asked for are served side by side to one peer. */
export const blockStreamsPerPeerMax = 8

/** How many blocks may be wanted at once of one peer: the leaves of one node of a file. */
export const wantsMax = 1024

/** The bytes that one fetch brings at most, unless its caller says so: a file of the largest size and its nodes. */
export const fetchBytesMax = 1_100 * 1024 * 1024

/** How many blocks one fetch brings at most. */
export const fetchBlocksMax = 100_000

/** The largest message of a topic, bytes: an envelope and what it travels in. */
export const messageBytesMax = 1024 * 1024 + 1024

/** The longest name of a topic, characters. */
export const topicLengthMax = 128

/** How many topics one peer may be subscribed to. */
export const topicsPerPeerMax = 64

/** How many messages wait for a listener that is slow; the oldest one makes room for the next. */
export const messagesWaitingMax = 1024

/** How many bytes of messages wait for a listener that is slow. */
export const messageBytesWaitingMax = 16 * 1024 * 1024

/** How many messages are remembered, so that none is given twice. */
export const messagesSeenMax = 65_536

/** How many messages a peer may bring within a second for long. */
export const messagesPerSecond = 500

/** How many messages a peer may bring at one go. */
export const messagesBurst = 5000

/** How many peers are known at once. */
export const peersMax = 4096

/** How many addresses of one peer are kept, and read from its record. */
export const addressesMax = 16

/** The longest address, characters. */
export const addressLengthMax = 512

/** For how long at most a record of a peer's addresses may hold, seconds. */
export const peerRecordSecondsMax = 30 * 24 * 3600

/** How many peers the ledger of misdeeds has; the least guilty one is forgotten for the next. */
export const ledgerPeersMax = 4096

/** In how long half of a peer's guilt is forgotten, milliseconds. */
export const guiltHalfLife = 10 * 60_000

/** From how much guilt on a peer is set aside. */
export const guiltMax = 10

/** The longest `Authorization` header that is read, characters: a chain of proofs as base64url. */
export const bearerLengthMax = 48 * 1024

/** How long an invocation in an `Authorization` header may hold, seconds (wire.md § Container). */
export const bearerSecondsMax = 300

/** For how long an asker may wait for what is not done yet, milliseconds. */
export const waitMax = 60_000

/** How many requests are served side by side over HTTP, streams left out. */
export const httpRequestsMax = 512

/** How many bytes of bodies are held at once over HTTP; who does not say how large one is counts as the largest. */
export const bodiesBytesMax = 512 * 1024 * 1024

/** How many event streams are served side by side. */
export const httpStreamsMax = 4096

/** How many event streams one peer may have. */
export const httpStreamsPerPeerMax = 64

/** The largest file that is taken over HTTP, bytes. */
export const putBytesMax = 1024 * 1024 * 1024

/** How much room is made ahead for a body that says how large it is, bytes: a block of the largest size. */
export const roomAheadMax = 4 * 1024 * 1024

/** The largest body that is read at one go where it says how large it is, bytes. */
export const shortBodyBytesMax = 64 * 1024

/** How long the next piece of a body, or a reader that does not read, is waited for, milliseconds. */
export const bodyIdleMax = 20_000

/** The slowest that a body may come, bytes per second, once it has had {@link bodyIdleMax}. */
export const bodyBytesPerSecondMin = 4096

/** How many bytes wait for the reader of an event stream that is slow. */
export const streamBytesWaitingMax = 4 * 1024 * 1024

/** How much a peer that only asks is asked side by side, by the stream that it holds. */
export const asksPerPeerMax = 32

/** After how long one may come again whose event stream was ended by a server that ends, milliseconds. */
export const comeAgainAfter = 1000

/** How often an idle event stream says that it is there, milliseconds. */
export const heartbeatEvery = 15_000

/** After how long without a word an event stream is taken for dead by its reader, milliseconds. */
export const streamSilenceMax = 45_000

/** How long the first new attempt at a lost event stream waits, and the longest that a later one does, milliseconds. */
export const reconnectWaits = [200, 30_000] as const

/** The longest line, and the longest event, of an event stream, characters: a message of a topic as base64. */
export const eventLengthMax = 2 * 1024 * 1024

/** How many bytes of a refusal are read. */
export const refusalBytesMax = 64 * 1024

/** How many blocks are asked for side by side of one peer over HTTP. */
export const blocksAtOnce = 6

/** How many things that are still to come an answer names in its headers. */
export const pendingMax = 32

/** How many digests below a place are listed; where there are more, what is below is told by fingerprints. */
export const reconcileListMax = 16

/** How many places one message of a reconciliation asks about. */
export const reconcileAsksMax = 1024

/** The largest message of a reconciliation, bytes. */
export const reconcileMessageBytesMax = 64 * 1024

/** How many messages one reconciliation sends at most. */
export const reconcileRoundsMax = 512

/** How many differences one reconciliation looks for; the next one goes on with the rest. */
export const reconcileDifferencesMax = 100_000

/** How many places may be asked about before anything was found. */
export const reconcileAsksFree = 4096

/** How many more places may be asked about for each difference that was found. */
export const reconcileAsksEach = 64

/** The longest name of a set, characters. */
export const reconcileSetLengthMax = 128

/** How many bytes of a body go into one frame, so that several requests share one stream fairly. */
export const frameBodyBytes = 128 * 1024

/** The largest frame that is read, bytes: a block of the largest size and its name. */
export const frameBytesMax = 4 * 1024 * 1024 + 1024

/** How many bytes of one peer's requests are put together at once: one of the largest size, and some. */
export const assembledBytesMax = 48 * 1024 * 1024

/** How many connections a node keeps over libp2p. */
export const libp2pConnectionsMax = 300

/** How many new connections of one host are taken within a second. */
export const libp2pInboundPerSecond = 50

/** How many connections are kept to one peer over HTTP at once. */
export const peerConnectionsMax = 64

/** How long a connection to a peer over HTTP is kept without a word, milliseconds: longer than its heartbeat. */
export const connectionIdleMax = 60_000

/** The largest head of an answer that is read, bytes. */
export const peerHeaderBytesMax = 32 * 1024

/** The longest name from outside that is shown, characters. */
export const nameLengthShown = 120

/** The longest sentence of a peer that is shown, characters: why it refuses may name several agents. */
export const sentenceLengthShown = 1000

/** How many peers that say that they have something are looked for, given, and asked. */
export const providersMax = 16

/** How long providers are looked for where nobody says, milliseconds. */
export const providersWithin = 10_000

/** How often a fetch looks for more providers of what is still missing. */
export const providerRoundsMax = 4

/** How many records of who has what are kept for others; the oldest make room for the next. */
export const providerRecordsMax = 50_000

/** How many of these are one's own, told anew before they expire. */
export const providedMax = 10_000

/** For how long a record of who has what holds, milliseconds. */
export const providerRecordLife = 24 * 3600_000

/** How many bytes of questions of one peer about who has what are taken within a second for long. */
export const routingBytesPerSecond = 16 * 1024

/** How many bytes of such questions are taken at one go. */
export const routingBytesBurst = 512 * 1024

/** How long a peer over libp2p may take to say who it is, and how long one stays that is not dealt with, milliseconds. */
export const helloWithin = 10_000

/** The first frame of a peer over libp2p, in which it says who it is, bytes. */
export const helloBytesMax = 64 * 1024 + 1024

/** The delegations that a peer over libp2p brings, so that it may come without being known, bytes. */
export const proofBytesMax = 64 * 1024

/** How many connections over libp2p are kept at once to peers that are not dealt with. */
export const strangersMax = 64

/** How many peers may have a place at this relay. */
export const relayReservationsMax = 128

/** How many bytes one connection may take through this relay, before it has to be made again. */
export const relayBytesMax = 1024 * 1024 * 1024

/** How long one connection through this relay lasts, before it has to be made again, milliseconds. */
export const relayMillisecondsMax = 6 * 3600_000

/** How often is looked whether our place at a relay is still there, milliseconds. */
export const relayCheckEvery = 1000

/** The largest message of bitswap, bytes; larger ones are neither read nor sent. */
export const bitswapMessageBytesMax = 4 * 1024 * 1024

/** How many blocks one peer may want at once over bitswap. */
export const bitswapWantsMax = 1024

/** How many bytes of blocks go into one message of bitswap, unless one block is larger. */
export const bitswapBatchBytes = 1024 * 1024
