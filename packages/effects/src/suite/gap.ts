/** Where the process that does an effect is killed. */
export type Gap =
  | 'before the intent'
  | 'between the intent and the call'
  | 'between the call and its outcome'
  | 'between the outcome and the receipt'
  | 'after the receipt'

/** All gaps, in the order in which a process comes by them. */
export const gaps: readonly Gap[] = [
  'before the intent',
  'between the intent and the call',
  'between the call and its outcome',
  'between the outcome and the receipt',
  'after the receipt',
]
