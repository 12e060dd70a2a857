import { codec, isNamedBy, type CID } from '../cid.ts'
import { fileBytesMax, fileDepthMax } from '../limits.ts'
import { error, ok, type Failure, type Result } from '../result.ts'
import { malformedFile, readFileNode, type MalformedFile } from './node.ts'

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

/** A block's bytes, checked against its name. */
export async function readBlock(
  cid: CID,
  getBlock: GetBlock,
): Promise<Result<Uint8Array, MissingBlock | CorruptBlock>> {
  const bytes = await getBlock(cid)
  if (!bytes) {
    return error({
      name: 'MissingBlock',
      message: `block ${cid} is not in the store; bring it here and try again`,
      cid,
    })
  }
  if (!isNamedBy(cid, bytes)) {
    return error({ name: 'CorruptBlock', message: `the bytes stored for block ${cid} do not hash to it`, cid })
  }
  return ok(bytes)
}

/** The content of a file of any UnixFS layout, every block verified, up to {@link fileBytesMax} bytes. */
export async function readFile(root: CID, getBlock: GetBlock): Promise<Result<Uint8Array, FileFailure>> {
  const leaves: Uint8Array[] = []
  let size = 0
  const walk = async (cid: CID, depth: number): Promise<FileFailure | undefined> => {
    if (depth > fileDepthMax) return malformedFile(root, `its tree is deeper than ${fileDepthMax}`)
    if (cid.code !== codec.raw && cid.code !== codec.dagPb) return malformedFile(cid, 'its codec is not raw or dag-pb')
    const block = await readBlock(cid, getBlock)
    if ('error' in block) return block.error
    const node = cid.code === codec.raw ? ok({ data: block.ok, links: [] }) : readFileNode(cid, block.ok)
    if ('error' in node) return node.error
    if (node.ok.data.length > 0) leaves.push(node.ok.data)
    size += node.ok.data.length
    if (size > fileBytesMax) return malformedFile(root, `it is larger than ${fileBytesMax} bytes`)
    for (const link of node.ok.links) {
      const failure = await walk(link, depth + 1)
      if (failure) return failure
    }
    return undefined
  }
  const failure = await walk(root, 0)
  return failure ? error(failure) : ok(join(leaves, size))
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
