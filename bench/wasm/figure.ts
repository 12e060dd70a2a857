/** One line of the table: what was asked of it, what was measured, and whether that reaches it. */
export interface Figure {
  readonly what: string
  readonly asked: string
  readonly measured: string
  readonly reached: boolean
  /** What the figure is made of, printed below the table. */
  readonly note?: string
}
