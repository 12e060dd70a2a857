/** A part of a file, both ends included. */
export interface PartOfFile {
  readonly first: number
  readonly last: number
}

/**
 * The part that a `Range` header asks for (RFC 9110 § 14.1.2). Undefined where it says nothing that has to be obeyed,
 * as where it is not about bytes, or asks for several parts: then all is given. `'none'` where no such part is there.
 */
export function rangeOf(header: string | undefined, size: number): PartOfFile | 'none' | undefined {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header?.trim() ?? '')
  if (!match) return undefined
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return undefined
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? 'none' : { first: size - length, last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= size ? 'none' : { first, last }
}
