import { base256emoji } from 'multiformats/bases/base256emoji'
import { bases as common } from './bases.ts'

/** Every multibase. */
export const bases = [...common, base256emoji]
