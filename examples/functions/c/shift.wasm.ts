// Made by `ipvm types` 'shift.wasm', which is bafkreichskpv74ukjqp7wy7puayci25hxwthbxpqeu3y5ypf6gvag3eb7e. Do not edit it: make it again.
import { readFileSync } from 'node:fs'
import type * as wit from '@ipvm/author/bindings'
import { pinnedModule, type WasmCall } from '@ipvm/workflow'

/** The module, which has to be the one that these types are of. */
const mod = pinnedModule(readFileSync(new URL('./shift.wasm', import.meta.url)), 'bafkreichskpv74ukjqp7wy7puayci25hxwthbxpqeu3y5ypf6gvag3eb7e', 'shift.wasm')

export const shift = {
  /**
   * Moves every letter of the Latin alphabet `by` places along it, and from its end to its beginning; 26 places change
   * nothing. What is no such letter stays.
   */
  shift: (text: wit.Input<string>, by: wit.Input<wit.s32>): WasmCall<string> => ({ mod, fun: 'shift', params: [text, by] }),
}
