import * as DagPb from '@ipld/dag-pb'
import { type CID, cidOf, codec } from '../cid.ts'
import type { Block } from '../block.ts'
import { error, ok, type Failure, type Result } from '../result.ts'

/** A block of a file is not what UnixFS allows there. */
export interface MalformedFile extends Failure {
  readonly name: 'MalformedFile'
  readonly cid: CID
}

/** A subtree of a file: its root, the file's bytes below it, and all the bytes it takes as blocks. */
export interface Subtree {
  readonly cid: CID
  readonly fileBytes: number
  readonly treeBytes: number
}

/** One child of a file's node, and how many of the file's bytes its node says are below it. */
export interface FileLink {
  readonly cid: CID
  readonly bytes: number
}

/** What an inner node (or a leaf wrapped in a node) of a file holds: bytes of its own, then those of its links. */
export interface FileNode {
  readonly data: Uint8Array
  readonly links: readonly FileLink[]
}

const unixFsRaw = 0
const unixFsFile = 2

/** The dag-pb block of an inner node. UnixFS 1 § File. */
export function fileNodeBlock(children: readonly Subtree[]): Block & Subtree {
  const fileBytes = children.reduce((sum, child) => sum + child.fileBytes, 0)
  const fields = [0x08, unixFsFile, 0x18, ...varint(fileBytes)]
  for (const child of children) fields.push(0x20, ...varint(child.fileBytes))
  const bytes = DagPb.encode({
    Data: Uint8Array.from(fields),
    Links: children.map(child => ({ Name: '', Hash: child.cid, Tsize: child.treeBytes })),
  })
  const below = children.reduce((sum, child) => sum + child.treeBytes, 0)
  return { cid: cidOf(codec.dagPb, bytes), bytes, fileBytes, treeBytes: below + bytes.length }
}

/**
 * Reads a dag-pb block as a node of a file (UnixFS 1 § File). Refused: a directory, symlink or shard, and a node that
 * does not say the size below each link, or says one size for the whole and others for its parts.
 */
export function readFileNode(cid: CID, bytes: Uint8Array): Result<FileNode, MalformedFile> {
  try {
    const node = DagPb.decode(bytes)
    const fields = unixFsFields(node.Data ?? new Uint8Array())
    if (fields.type !== unixFsFile && fields.type !== unixFsRaw) return error(malformedFile(cid, 'it is not a file'))
    if (fields.blockSizes.length !== node.Links.length) {
      return error(malformedFile(cid, 'it does not say how large its parts are'))
    }
    const links = node.Links.map((link, i) => ({ cid: link.Hash, bytes: fields.blockSizes[i] ?? 0 }))
    const sum = links.reduce((size, link) => size + link.bytes, fields.data.length)
    if (fields.fileSize !== undefined && fields.fileSize !== sum) {
      return error(malformedFile(cid, `it says it has ${fields.fileSize} bytes, and its parts ${sum}`))
    }
    return ok({ data: fields.data, links })
  } catch (thrown) {
    return error(malformedFile(cid, thrown instanceof Error ? thrown.message : 'it is not UnixFS'))
  }
}

/** The failure of a block that is no part of a file. */
export function malformedFile(cid: CID, problem: string): MalformedFile {
  return { name: 'MalformedFile', message: `${cid} is not a readable file: ${problem}`, cid }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return bytes
}

interface UnixFsFields {
  readonly type: number
  readonly data: Uint8Array
  readonly fileSize: number | undefined
  readonly blockSizes: readonly number[]
}

/** The fields of a UnixFS message that a file has; throws RangeError where it is not one. */
function unixFsFields(bytes: Uint8Array): UnixFsFields {
  let type = -1
  let data = new Uint8Array()
  let fileSize: number | undefined
  const blockSizes: number[] = []
  let at = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || scale > 2 ** 49)
        throw new RangeError('its UnixFS data is cut off, or a number too large')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('its UnixFS data has a number that is too large')
    return value
  }
  while (at < bytes.length) {
    const tag = next()
    const wire = tag & 7
    const field = Math.floor(tag / 8)
    if (wire !== 0 && wire !== 2) throw new RangeError('its UnixFS data has an unknown field type')
    const value = next()
    if (wire === 0) {
      if (field === 1) type = value
      if (field === 3) fileSize = value
      if (field === 4) blockSizes.push(value)
      continue
    }
    if (value > bytes.length - at) throw new RangeError('its UnixFS data is cut off')
    if (field === 2) data = new Uint8Array(bytes.subarray(at, at + value))
    at += value
  }
  return { type, data, fileSize, blockSizes }
}
