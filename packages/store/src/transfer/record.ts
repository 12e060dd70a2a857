import {
  blockOf,
  CID,
  codec,
  decode,
  error,
  isMap,
  ok,
  type Block,
  type Failure,
  type Result,
  type Value,
} from '@ipvm/ipld'
import { recordItemsDecodedMax } from '../limits.ts'

/** The key of every block that belongs to the export and not to what is exported. */
const tag = 'ipvm/export@1'

/** The first bytes of such a block: a map of one, and that key. */
const prefix = Uint8Array.of(0xa1, 0x60 + tag.length, ...new TextEncoder().encode(tag))

/** The version of the records: 2 since runs have journals. */
const version = 2

/** What an export is of: everything, or what these reach. */
export type Extent = 'all' | readonly CID[]

/** The file is no export, or one of a version that is not read. */
export interface NotAnExport extends Failure {
  readonly name: 'NotAnExport'
}

/** The file is an export, and something in it is not as it was written. */
export interface DamagedExport extends Failure {
  readonly name: 'DamagedExport'
}

/** What a record says; its fields are looked at where they are used. */
export interface ExportRecord {
  readonly kind: string
  readonly content: Value
}

/**
 * The block that an export begins with. All of its records link to it, and with its nonce nobody can know its name
 * before: so no content, whatever it looks like, is taken for a record.
 */
export function exportRoot(of: Extent, nonce: Uint8Array): Block {
  return blockOf({ [tag]: { v: version, of, nonce } })
}

/** The block of a record. */
export function exportRecord(root: CID, kind: string, content: Value): Block {
  return blockOf({ [tag]: { export: root, kind, content } })
}

/** Whether a block is the root of an export that is read here. */
export function checkExportRoot(block: Block, roots: readonly CID[]): Result<CID, NotAnExport> {
  const [root, ...others] = roots
  const fields = root?.equals(block.cid) && others.length === 0 ? readTagged(block.bytes) : undefined
  if (!root || !isMap(fields) || !(fields.nonce instanceof Uint8Array)) {
    return error(notAnExport)
  }
  if (fields.v === version) return ok(root)
  return error({
    name: 'NotAnExport',
    message: `it is an export of version ${String(fields.v).slice(0, 20)}, and this ipvm reads ${version}; ${advice(fields.v)}`,
  })
}

function advice(found: Value | undefined): string {
  return typeof found === 'number' && found < version ? 'make it anew with this one' : 'update ipvm'
}

/** The failure of a CAR of something else. */
export const notAnExport: NotAnExport = {
  name: 'NotAnExport',
  message: 'it is a CAR, but no export; ipvm inspect shows what is in it',
}

/** What a block says as a record of the export `root`; undefined where it is content. */
export function readExportRecord(root: CID, { cid, bytes }: Block): ExportRecord | undefined {
  // The codec is no part of the hash: under the name of another one it was not written.
  if (cid.code !== codec.dagCbor) return undefined
  const fields = readTagged(bytes)
  if (!isMap(fields) || !(fields.export instanceof CID) || !fields.export.equals(root)) return undefined
  const { kind, content } = fields
  return typeof kind === 'string' && content !== undefined ? { kind, content } : undefined
}

function readTagged(bytes: Uint8Array): Value | undefined {
  if (!prefix.every((byte, i) => bytes[i] === byte)) return undefined
  const decoded = decode(bytes, undefined, recordItemsDecodedMax)
  return 'ok' in decoded && isMap(decoded.ok) ? decoded.ok[tag] : undefined
}

/** The failure of an export in which something is wrong. */
export function damagedExport(problem: string): DamagedExport {
  return { name: 'DamagedExport', message: `${problem}; make the export anew, or get a whole copy of it` }
}
