/** How one command of a script went. */
export interface Outcome {
  readonly line: number
  readonly command: string
  /** `refused`: it needs a module that profile 1 refuses. `skipped`: it is not about what is tested here. */
  readonly kind: 'passed' | 'failed' | 'refused' | 'skipped'
  /** The feature that was refused, why it was skipped, what was found instead. */
  readonly detail: string
}

/** An outcome without its place. */
export type Verdict = Pick<Outcome, 'kind' | 'detail'>

export const passed: Verdict = { kind: 'passed', detail: '' }
export const failed = (detail: string): Verdict => ({ kind: 'failed', detail })
export const refused = (feature: string): Verdict => ({ kind: 'refused', detail: feature })
export const skipped = (reason: string): Verdict => ({ kind: 'skipped', detail: reason })
