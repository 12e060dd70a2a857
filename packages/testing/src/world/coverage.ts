import type { Change } from '@ipvm/store'

/** How the labels of tasks end that undo others. */
export const undoing = '-undo'

/** What happened in simulations, and how often: a checker has proved nothing where nothing happened. */
export class Coverage {
  readonly counts: Record<string, number> = {}

  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(counts)) this.count(what, times)
  }

  /** Counts what a change on the disk tells of. */
  committed({ journal = [], receipts = [], runStarted }: Change): void {
    if (runStarted) this.count('runs')
    this.count('receipts', receipts.length)
    for (const { event } of journal) {
      this.count('entries')
      const isUndone = event.type === 'settled' && event.how === 'ran' && event.label.endsWith(undoing)
      if (isUndone) this.count('compensated')
      if (event.type === 'settled') this.count(event.how)
      else if (event.type === 'ended') this.count(`ended ${event.end}`)
      else this.count(event.type)
    }
  }
}
