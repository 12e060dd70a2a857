export { asValue, type NotAValue } from './as-value.ts'
export { blockOf, nameOf, rawBlock, type Block } from './block.ts'
export { decode, type ByteRanges, type MalformedCbor } from './cbor/decode.ts'
export { encode } from './cbor/encode.ts'
export { CID, cidOf, codec, isNamedBy, parseCid, type MalformedCid } from './cid.ts'
export type { MalformedFile } from './file/node.ts'
export {
  readBlock,
  readFile,
  type CorruptBlock,
  type FileFailure,
  type GetBlock,
  type MissingBlock,
} from './file/read.ts'
export { linkLargeBytes } from './file/link.ts'
export { fileBlocks } from './file/write.ts'
export { decodeJson, type MalformedJson } from './json/decode.ts'
export { encodeJson } from './json/encode.ts'
export * as limits from './limits.ts'
export { error, ok, type Failure, type Result, type Unit } from './result.ts'
export { Float, floatValue, integerValue, isMap, setKey, type Value, type ValueMap } from './value.ts'
