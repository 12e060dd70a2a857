/**
 * The order of two texts by their bytes in UTF-8, which is that of their characters' numbers. JavaScript compares halves of
 * characters, and so has those beyond U+FFFF before some that come before them.
 */
export function byteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (one !== other) return rank(one) - rank(other)
  }
  return a.length - b.length
}

const surrogatesBegin = 0xd800
const surrogatesEnd = 0xe000
const aboveAll = 0x10000

function rank(unit: number): number {
  return unit >= surrogatesBegin && unit < surrogatesEnd ? unit + aboveAll : unit
}
