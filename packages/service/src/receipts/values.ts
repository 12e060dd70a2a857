import { CID, codec, isMap, type Value } from '@ipvm/ipld'

/**
 * What is too large for a receipt and so linked to from it: the whole value, in a block of its own, and files. Any other
 * link is a name, and what it names need not be anywhere: a failure names the receipt from which it comes.
 */
export function linkedValues(out: Value): readonly CID[] {
  const value = valueIn(out)
  return linksIn(value).filter(link => link === value || link.code !== codec.dagCbor)
}

function valueIn(out: Value): Value {
  if (!isMap(out)) return null
  if (out.ok !== undefined) return out.ok
  return isMap(out.error) ? (out.error.value ?? null) : null
}

function linksIn(value: Value): readonly CID[] {
  const found: CID[] = []
  const pending: Value[] = [value]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next instanceof CID) found.push(next)
    else if (Array.isArray(next)) for (const inner of next) pending.push(inner)
    else if (isMap(next)) for (const inner of Object.values(next)) pending.push(inner)
  }
  return found
}
