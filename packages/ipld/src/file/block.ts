import { isNamedBy, type CID } from '../cid.ts'
import { error, ok, type Failure, type Result } from '../result.ts'
import { malformedFile, type MalformedFile } from './node.ts'

/** A block that is needed is not at hand. */
export interface MissingBlock extends Failure {
  readonly name: 'MissingBlock'
  readonly cid: CID
}

/** A block's bytes are not what its name says. */
export interface CorruptBlock extends Failure {
  readonly name: 'CorruptBlock'
  readonly cid: CID
}

/** Why a file could not be read. */
export type FileFailure = MissingBlock | CorruptBlock | MalformedFile

/** Where blocks come from. Their bytes are not trusted. */
export type GetBlock = (cid: CID) => Promise<Uint8Array | undefined>

/** A block's bytes, checked against its name. Failures: `MissingBlock`, `CorruptBlock`. */
export function readBlock(cid: CID, getBlock: GetBlock): Promise<Result<Uint8Array, MissingBlock | CorruptBlock>>
/** The same of a block that may have `bytesMax` bytes; a larger one is a `MalformedFile`. */
export function readBlock(cid: CID, getBlock: GetBlock, bytesMax: number): Promise<Result<Uint8Array, FileFailure>>
export async function readBlock(
  cid: CID,
  getBlock: GetBlock,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<Result<Uint8Array, FileFailure>> {
  const bytes = await getBlock(cid)
  if (!bytes) {
    return error({
      name: 'MissingBlock',
      message: `block ${cid} is not in the store; bring it here and try again`,
      cid,
    })
  }
  if (bytes.length > bytesMax) return error(malformedFile(cid, `the block is larger than ${bytesMax} bytes`))
  return isNamedBy(cid, bytes) ? ok(bytes) : error(corruptBlock(cid, `the bytes stored for block ${cid}`))
}

/** The failure of bytes that are not what a name says; `what` says which bytes. */
export function corruptBlock(cid: CID, what: string): CorruptBlock {
  return { name: 'CorruptBlock', message: `${what} do not hash to it`, cid }
}
