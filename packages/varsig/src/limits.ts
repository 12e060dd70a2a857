/** The longest DID that is read, characters. */
export const didLengthMax = 2048

/** The longest `did:key` of the three curves, characters. */
export const didKeyLengthMax = 128

/** Of how many issuers the key is kept ready for checking signatures. */
export const readyKeysMax = 4096

/** The largest DID document that is read, characters of its JSON. */
export const didDocumentLengthMax = 64 * 1024

/** How many verification methods of a DID document are read; with more it is refused. */
export const didDocumentMethodsMax = 32

/** How many `did:web` documents a resolver keeps. */
export const resolvedDidsMax = 1024

/** How long a resolved `did:web` counts, seconds, where the caller does not say. */
export const resolvedDidSeconds = 300

/** The largest key file that is read, bytes. */
export const keyFileBytesMax = 64 * 1024
