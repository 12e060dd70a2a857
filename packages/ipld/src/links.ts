import * as DagPb from '@ipld/dag-pb'
import type { Block } from './block.ts'
import { decode } from './cbor/decode.ts'
import { CID, codec } from './cid.ts'
import { isMap, type Value } from './value.ts'

/**
 * What a block links to, each as often as it stands there: the links of a DAG-CBOR value or of a node of a file. A raw
 * block links to nothing; neither does one that its codec cannot read.
 */
export function linksOf({ cid, bytes }: Block): readonly CID[] {
  if (cid.code === codec.dagCbor) {
    const value = decode(bytes)
    return 'ok' in value ? linksIn(value.ok) : []
  }
  return cid.code === codec.dagPb ? nodeLinks(bytes) : []
}

function linksIn(value: Value): readonly CID[] {
  const found: CID[] = []
  const pending: Value[] = [value]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next instanceof CID) found.push(next)
    else if (Array.isArray(next)) for (const inner of next) pending.push(inner)
    else if (isMap(next)) for (const inner of Object.values(next)) pending.push(inner)
  }
  return found
}

function nodeLinks(bytes: Uint8Array): readonly CID[] {
  try {
    return DagPb.decode(bytes).Links.map(({ Hash }) => Hash)
  } catch {
    return []
  }
}
