/** What a runtime counts, from its start. */
export interface Metrics {
  /** Results that were known and not computed again. */
  memoHits: number
  /** Attempts after the first. */
  retries: number
}

/** Nothing was counted yet. */
export function emptyMetrics(): Metrics {
  return { memoHits: 0, retries: 0 }
}
