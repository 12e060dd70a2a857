/**
 * Where a worker kills itself. Of a commit: before it is handed to the store, just after; before and after SQLite's
 * COMMIT, which is when it gets to the disk; before anyone hears that it is there, and after. Of an effect, whose intent
 * is on the disk: before the call, while it is out, and when its answer is here and not written down.
 */
export const innerPoints = [
  'before handing over',
  'after handing over',
  'before the disk',
  'after the disk',
  'before the word',
  'after the word',
  'before the call',
  'during the call',
  'after the call',
] as const

export type InnerPoint = (typeof innerPoints)[number]

/** Where and when a worker is killed; from outside, so many milliseconds after it was started or after it says that it is open. */
export type KillPoint =
  | { readonly at: InnerPoint; readonly nth: number }
  | { readonly at: 'any time' | 'any time while open'; readonly milliseconds: number }
