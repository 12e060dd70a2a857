/** What a runtime counts, from its start. */
export interface Metrics {
  /** Results that were known and not computed again. */
  memoHits: number
  /** Results that other nodes had, sooner than they were computed here. */
  foundElsewhere: number
  /** Attempts after the first. */
  retries: number
}

/** Nothing was counted yet. */
export function emptyMetrics(): Metrics {
  return { memoHits: 0, foundElsewhere: 0, retries: 0 }
}
