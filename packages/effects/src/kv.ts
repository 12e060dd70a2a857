import { kvEffects, type Effect } from '@ipvm/runtime'
import { strictObject } from 'valibot'
import { builtIn, type BuiltIn } from './maker.ts'

/** A key-value map of the node's own. It is this node's store alone that it touches, so that it is on. */
export const kv: readonly BuiltIn[] = kvEffects.map(({ run, about, ...traits }: Effect) => {
  if (!about) throw new Error(`${traits.cmd} says what it is`)
  return builtIn({ ...traits, about, settings: strictObject({}), isOn: true, make: () => ({ run }) })
})
