/** The largest component that is read, bytes. */
export const componentBytesMax = 64 * 1024 * 1024

/** How deep components, and component or instance types, may nest. */
export const nestingMax = 32

/** Entries of one vector in a component (exports of a section, fields of a record …). */
export const entriesMax = 100_000

/** Entries of one section of a core module that says what it imports and exports. */
export const coreEntriesMax = 1_000_000

/** Worlds that are embedded in one core module: one for each library in it that has imports or exports of its own. */
export const worldsMax = 100

/** The longest name in a component, bytes. */
export const nameBytesMax = 100_000

/**
 * Definitions that are evaluated to link a component, with their entries (arguments, exports, fields); those of nested
 * components count once per instantiation.
 */
export const definitionsMax = 200_000

/** The longest label of a parameter, field, case or flag, bytes. */
export const labelBytesMax = 256

/** Core module instances that one component may make. */
export const coreInstancesMax = 256

/** Parts of one type, written out in full: a type that doubles itself 40 times must not take a terabyte. */
export const typePartsMax = 10_000

/** How deep a type may nest, written out in full; below the depth that DAG-CBOR allows a value. */
export const typeDepthMax = 100

/** Names of one flags type (Canonical ABI § Flattening). */
export const flagsMax = 32

/** How many types a world may have to be printed, each counted as often as it is written out. */
export const printedTypesMax = 1_000_000

/** Of how many functions, and of how long a name, it is guessed that it was meant by another spelling. */
export const guessedFunctionsMax = 1_000
export const guessedNameLengthMax = 256

/** How much of a foreign value or type a message shows, characters. */
export const shownCharactersMax = 80
