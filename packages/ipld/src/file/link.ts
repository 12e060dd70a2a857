import type { Block } from '../block.ts'
import { isMap, setKey, type Value } from '../value.ts'
import { fileBlocks } from './write.ts'

/**
 * A copy of a value in which every byte string of more than `inlineMax` bytes is a link to a file (design § Large
 * values); the files' blocks are added to `blocks`.
 */
export function linkLargeBytes(value: Value, inlineMax: number, blocks: Block[]): Value {
  if (value instanceof Uint8Array) {
    if (value.length <= inlineMax) return value
    const file = fileBlocks(value)
    blocks.push(...file.blocks)
    return file.root
  }
  if (Array.isArray(value)) {
    const list: readonly Value[] = value
    return list.map(element => linkLargeBytes(element, inlineMax, blocks))
  }
  if (!isMap(value)) return value
  const map: Record<string, Value> = {}
  for (const [key, inner] of Object.entries(value)) setKey(map, key, linkLargeBytes(inner, inlineMax, blocks))
  return map
}
