import { linkLargeBytes, setKey, type Block, type Value, type ValueMap } from '@ipvm/ipld'
import { limits } from '@ipvm/ucan'

/** Arguments as a task has them: large bytes and every module are links to files, whose blocks are added to `files`. */
export function linked(args: ValueMap, files: Block[]): ValueMap {
  const inPlace: Record<string, Value> = {}
  for (const [key, value] of Object.entries(args)) {
    setKey(inPlace, key, linkLargeBytes(value, key === 'mod' ? 0 : limits.inlineBytesMax, files))
  }
  return inPlace
}
