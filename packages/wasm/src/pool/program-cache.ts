/**
 * Where rewritten components are kept for later processes, which then need only compile them. Bytes from it are run as
 * they are, unchecked: it has to be a place that only this node writes to (ADR 35).
 */
export interface ProgramCache {
  /** What was put under a key, byte for byte, or nothing where there is any doubt. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Keeps bytes, for a while at least, if it can; nobody waits for it. */
  put(key: string, bytes: Uint8Array): Promise<void>
}
