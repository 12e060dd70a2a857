/**
 * Where requests are written down before they are sent. What `put` resolved for is there after a restart. Rejections are
 * faults of the disk, and are let through to whoever asks.
 */
export interface OutboxStore {
  put(id: string, entry: Uint8Array): Promise<void>
  delete(id: string): Promise<void>
  /** All that is there, in any order. */
  entries(): Promise<readonly (readonly [id: string, entry: Uint8Array])[]>
}

/** An outbox that lasts as long as the page or the process. */
export function memoryOutbox(): OutboxStore {
  const held = new Map<string, Uint8Array>()
  return {
    put: async (id, entry) => void held.set(id, entry.slice()),
    delete: async id => void held.delete(id),
    entries: async () => [...held],
  }
}
