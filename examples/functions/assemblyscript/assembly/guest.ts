// What the canonical ABI of components wants of a guest in AssemblyScript: texts go in as (bytes, length) in UTF-8, and come
// out as a pointer to the same. Every call has a fresh instance, so memory is only ever taken.

export function cabi_realloc(old: usize, oldSize: usize, _align: usize, size: usize): usize {
  const bytes = heap.alloc(size)
  if (oldSize > 0) memory.copy(bytes, old, min(oldSize, size))
  return bytes
}

/** A text that was given. */
export function text(bytes: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(bytes, length)
}

const given = memory.data(8)

/** A text as a function gives it. */
export function give(text: string): usize {
  const bytes = String.UTF8.encode(text)
  store<usize>(given, changetype<usize>(bytes))
  store<i32>(given, bytes.byteLength, 4)
  return given
}

/** An assertion that failed is a trap. */
export function stop(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable()
}
