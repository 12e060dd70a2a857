import { fileBlocks } from '@ipvm/ipld'

/**
 * The bytes of a module, where they are still those that bindings were made of (`ipvm types`): types of another module would
 * lie about this one.
 *
 * @param bytes the module's file
 * @param cid the CID of the file that the bindings are of
 * @param file how the file is called, for the message
 * @throws Error where they are others
 */
export function pinnedModule(bytes: Uint8Array, cid: string, file: string): Uint8Array {
  const found = fileBlocks(bytes).root.toString()
  if (found === cid) return bytes
  throw new Error(`${file} is ${found} now, and its types are those of ${cid}; make them again: ipvm types ${file}`)
}
