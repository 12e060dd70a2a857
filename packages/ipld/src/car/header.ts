import { decode } from '../cbor/decode.ts'
import { encode } from '../cbor/encode.ts'
import { CID } from '../cid.ts'
import { carHeaderBytesMax } from '../limits.ts'
import { isMap } from '../value.ts'

const version = 1

/** The roots in a CAR's header, or what is wrong with it (CAR 1 § Header). */
export function readCarHeader(bytes: Uint8Array): readonly CID[] | string {
  const decoded = decode(bytes)
  if ('error' in decoded) return `its header is ${decoded.error.message}`
  const header = decoded.ok
  if (!isMap(header)) return 'its header is not a map'
  if (header.version !== version) return `it is version ${String(header.version).slice(0, 20)}; version 1 is read`
  const { roots } = header
  if (!Array.isArray(roots) || Object.keys(header).length !== 2) return 'its header is not {roots, version}'
  const links = roots.filter(root => root instanceof CID)
  return links.length === roots.length ? links : 'its roots are not links'
}

/** The header of a CAR; throws RangeError when there are too many roots to be read again. */
export function carHeader(roots: readonly CID[]): Uint8Array {
  const header = encode({ roots: [...roots], version })
  if (header.length > carHeaderBytesMax) throw new RangeError(`${roots.length} roots make a header over its limit`)
  return header
}
