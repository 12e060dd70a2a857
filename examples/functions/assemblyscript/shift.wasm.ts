// Made by `ipvm types` 'shift.wasm', which is bafkreihjuvvj2l6krqhdnd7iafkzuoccrqxeqdpvt3uu6qafkgfyy4zajq. Do not edit it: make it again.
import { readFileSync } from 'node:fs'
import type * as wit from '@ipvm/author/bindings'
import { pinnedModule, type WasmCall } from '@ipvm/workflow'

/** The module, which has to be the one that these types are of. */
const mod = pinnedModule(readFileSync(new URL('./shift.wasm', import.meta.url)), 'bafkreihjuvvj2l6krqhdnd7iafkzuoccrqxeqdpvt3uu6qafkgfyy4zajq', 'shift.wasm')

export const shift = {
  /**
   * Moves every letter of the Latin alphabet `by` places along it, and from its end to its beginning; 26 places change
   * nothing. What is no such letter stays.
   */
  shift: (text: wit.Input<string>, by: wit.Input<wit.s32>): WasmCall<string> => ({ mod, fun: 'shift', params: [text, by] }),
}
