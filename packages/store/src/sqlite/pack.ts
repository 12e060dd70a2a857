import type { Cell, Row } from './row.ts'

/** The rows of changes, so that they go to another thread at little cost: bytes in one piece, and the rest in one list. */
export interface PackedRows {
  /** Of each change how many rows; of each row how many cells, then the cells; `true` stands for the next bytes. */
  readonly cells: readonly (string | number | null | true)[]
  readonly lengths: Uint32Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Packs the rows of changes. */
export function pack(changes: readonly (readonly Row[])[]): PackedRows {
  const cells: (string | number | null | true)[] = []
  const parts: Uint8Array[] = []
  let length = 0
  for (const rows of changes) {
    cells.push(rows.length)
    for (const row of rows) {
      cells.push(row.length)
      for (const cell of row) {
        if (cell instanceof Uint8Array) {
          cells.push(true)
          parts.push(cell)
          length += cell.length
        } else cells.push(cell)
      }
    }
  }
  const bytes = new Uint8Array(length)
  const lengths = new Uint32Array(parts.length)
  let at = 0
  for (const [i, part] of parts.entries()) {
    bytes.set(part, at)
    lengths[i] = part.length
    at += part.length
  }
  return { cells, lengths, bytes }
}

/** The rows of changes that were packed. */
export function unpack({ cells, lengths, bytes }: PackedRows): readonly (readonly Row[])[] {
  const changes: (readonly Row[])[] = []
  let [next, part, at] = [0, 0, 0]
  const cell = (): Cell => {
    const value = cells[next++] ?? null
    if (value !== true) return value
    const begin = at
    at += lengths[part++] ?? 0
    return bytes.subarray(begin, at)
  }
  while (next < cells.length) {
    const rows: Row[] = []
    for (let left = Number(cell()); left > 0; left--) {
      const row: Cell[] = []
      for (let more = Number(cell()); more > 0; more--) row.push(cell())
      // What `pack` was given is what comes out.
      rows.push(row as unknown as Row)
    }
    changes.push(rows)
  }
  return changes
}
