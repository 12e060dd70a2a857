/** The longest section of doc comments that is read, bytes. */
export const docsBytesMax = 1024 * 1024

/** How much of one doc comment comes along, characters. */
export const docCharactersMax = 10_000
