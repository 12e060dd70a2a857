/**
 * The handles that a component instance owns (Canonical ABI § Handle State): numbers from 1 on, the one that was given
 * back last is given out first. A guest can see these numbers, so that the order is part of the profile.
 */
export declare class HandleTable {
  #private
  /** A new handle. */
  add(resource: string, rep: number): number
  /** Takes a handle back, because it is dropped or given away. */
  take(index: number, resource: string): number
  /** Lends a handle to the call that is being made; {@link HandleTable.endLending} ends it. */
  lend(index: number, resource: string): number
  /** The call that borrowed handles has returned. */
  endLending(): void
}
//# sourceMappingURL=handle.d.ts.map
