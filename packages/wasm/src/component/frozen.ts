import type { PlainProgram } from './program.ts'

/**
 * A rewritten component as bytes: the length of the data, the data as JSON, then the byte strings. The data is a table of
 * its objects, since a linkage refers to the same types and lists many times, and written out it could be a million
 * times its size.
 */
export function freeze(program: PlainProgram): Uint8Array<ArrayBuffer> {
  const table = new Table()
  table.add(program)
  const json = new TextEncoder().encode(JSON.stringify({ nodes: table.nodes, lengths: table.bytes.map(b => b.length) }))
  const frozen = new Uint8Array(4 + json.length + table.bytes.reduce((sum, { length }) => sum + length, 0))
  new DataView(frozen.buffer).setUint32(0, json.length)
  frozen.set(json, 4)
  let at = 4 + json.length
  for (const bytes of table.bytes) {
    frozen.set(bytes, at)
    at += bytes.length
  }
  return frozen
}

/** What {@link freeze} made into bytes; nothing where they are of another form. They must be those that were made. */
export function thaw(frozen: Uint8Array<ArrayBuffer>): PlainProgram | undefined {
  if (frozen.length < 4) return undefined
  const start = 4 + new DataView(frozen.buffer, frozen.byteOffset).getUint32(0)
  try {
    const data: Frozen = JSON.parse(new TextDecoder().decode(frozen.subarray(4, start)))
    let at = start
    const bytes = data.lengths.map(length => {
      at += length
      return frozen.subarray(at - length, at)
    })
    const program = at === frozen.length ? thawed(data.nodes, bytes) : undefined
    return isProgram(program) ? program : undefined
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof TypeError || thrown instanceof RangeError) return undefined
    throw thrown
  }
}

interface Frozen {
  readonly nodes: readonly Node[]
  readonly lengths: readonly number[]
}

/** A list, or the names and values of an object. */
type Node = { readonly list: readonly Cell[] } | { readonly names: readonly string[]; readonly values: readonly Cell[] }

/** A plain value, or where it is: among the objects, among the byte strings, or an integer over 53 bits. */
type Cell =
  | string
  | number
  | boolean
  | null
  | { readonly node: number }
  | { readonly bytes: number }
  | { readonly big: string }

class Table {
  readonly nodes: Node[] = []
  readonly bytes: Uint8Array[] = []
  readonly #known = new Map<object, Cell>()

  add(value: unknown): Cell {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value
    if (typeof value === 'bigint') return { big: value.toString() }
    if (typeof value !== 'object') throw new TypeError(`a ${typeof value} is no plain data`)
    const known = this.#known.get(value)
    if (known !== undefined) return known
    const cell = value instanceof Uint8Array ? { bytes: this.bytes.push(value) - 1 } : this.#object(value)
    this.#known.set(value, cell)
    return cell
  }

  /** Parts come before what they are parts of. */
  #object(value: object): Cell {
    if (Array.isArray(value)) return { node: this.nodes.push({ list: value.map(part => this.add(part)) }) - 1 }
    const entries = Object.entries(value).filter(([, part]) => part !== undefined)
    const values = entries.map(([, part]) => this.add(part))
    return { node: this.nodes.push({ names: entries.map(([name]) => name), values }) - 1 }
  }
}

/** The last of the nodes, with all that it refers to. */
function thawed(nodes: readonly Node[], bytes: readonly Uint8Array[]): unknown {
  const made: unknown[] = []
  const part = (cell: Cell): unknown => {
    if (typeof cell !== 'object' || cell === null) return cell
    if ('big' in cell) return BigInt(cell.big)
    return 'node' in cell ? made[cell.node] : bytes[cell.bytes]
  }
  for (const node of nodes) {
    const whole =
      'list' in node
        ? node.list.map(part)
        : Object.fromEntries(node.names.map((name, i) => [name, part(node.values[i] ?? null)]))
    made.push(whole)
  }
  return made.at(-1)
}

/** Its parts are not looked at: what comes here is what went out, or another version's. */
function isProgram(value: unknown): value is PlainProgram {
  return typeof value === 'object' && value !== null && 'linkage' in value && 'modules' in value && 'functions' in value
}
