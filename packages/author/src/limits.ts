/** The longest section of doc comments that is read, bytes. */
export const docsBytesMax = 1024 * 1024

/** How much of one doc comment comes along, characters. */
export const docCharactersMax = 10_000

/** The longest WIT text that is read, characters. */
export const witCharactersMax = 1024 * 1024

/** How deep a type may nest in WIT text. */
export const witNestingMax = 50

/** The longest name of a guest, characters. */
export const guestNameMax = 60
