/** How deep a DAG-CBOR or DAG-JSON value may nest. */
export const depthMax = 128

/** How deep an argument or a result may nest: what it stands in nests, too, and all of it has to fit the format. */
export const valueDepthMax = 100

/** The largest block that is read or written, bytes: a chunk of a file and the envelope of its node fit with room. */
export const blockBytesMax = 4 * 1024 * 1024

/** A leaf of a file, bytes (profile `unixfs-v1-2025`). */
export const chunkBytes = 1024 * 1024

/** Links of one node of a file (profile `unixfs-v1-2025`). */
export const nodeLinksMax = 1024

/** How deep a file's tree may be, in any layout: 64 levels of a trickle tree hold more than a 64-bit size. */
export const fileDepthMax = 64

/** The largest file that is read into memory at once, bytes. */
export const fileBytesMax = 1024 * 1024 * 1024

/** The longest text that is read as a CID, characters: some bases take quadratic time. */
export const cidTextLengthMax = 256

/**
 * How many blocks of a file may be smaller than {@link fileMeanBytesMin} on average: a few blocks that link to each
 * other over and over could otherwise ask for any number of reads.
 */
export const fileSmallBlocksMax = 65_536

/** What a block of a file has to give on average, bytes, beyond {@link fileSmallBlocksMax} blocks. */
export const fileMeanBytesMin = 4096

/** The largest header of a CAR, bytes: some 1,500 roots. */
export const carHeaderBytesMax = 64 * 1024

/** The largest section of a CAR, bytes: a block of the largest size and its name. */
export const carSectionBytesMax = blockBytesMax + 256
