import { CID, isMap, type Value } from '@ipvm/ipld'

/** The one field of a sealed value: sealed bytes, or a link to the file that has them. */
export const sealedKey = 'ipvm/sealed@1'

/** Whether a value is a sealed one, by its form. */
export function isSealed(value: Value | undefined): value is { readonly [sealedKey]: Uint8Array | CID } {
  if (value === undefined || !isMap(value)) return false
  const sealed = value[sealedKey]
  return Object.keys(value).length === 1 && (sealed instanceof Uint8Array || sealed instanceof CID)
}
