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

/** The largest bundle that goes into a component, bytes: an engine reads all of it whenever the component is built. */
export const bundleBytesMax = 8 * 1024 * 1024

/** Problems that one message lists; the rest are counted. */
export const problemsMax = 20

/** How deep a type may nest, written out in full. */
export const typeDepthMax = 50

/** Labels of one flags type (Canonical ABI § Flattening). */
export const flagsMax = 32

/** Cases of one enum or variant. */
export const casesMax = 1_000

/** How much of a type a message shows, characters. */
export const shownCharactersMax = 120
