import type { CID } from '@ipvm/ipld'
import type { JournalEvent } from '@ipvm/store'
import type { Piece } from './timeline.ts'

type Settled = Extract<JournalEvent, { readonly type: 'settled' }>

/** What goes on with a task and has not ended. */
interface Open {
  readonly kind: Piece['kind']
  readonly from: number
  /** When a pause is over. */
  readonly due?: number
}

/** What is known of a task's surroundings when something happens to it; all in milliseconds since 1970. */
export interface Surroundings {
  readonly at: number
  /** When all that it awaits was settled. */
  readonly readyAt: number
  /** When the process began with the run that goes on with it now. */
  readonly session: number
  /** When the mutations were released, where they were. */
  readonly released: number | undefined
}

/** One task along time, piece by piece, as the entries of a journal tell of it. */
export class Story {
  readonly #isMutation: boolean
  readonly #pieces: Piece[] = []
  #open: Open | undefined
  /** Its first piece of this process, whose beginning is not known yet. */
  #guessed: number | undefined
  settledAt: number | undefined
  receipt: CID | undefined
  /** The name of what went wrong last. */
  cause: string | undefined

  constructor(isMutation: boolean) {
    this.#isMutation = isMutation
  }

  /** A mutation is asked for. */
  intent(around: Surroundings): void {
    this.#begin(around, around.at)
    this.#closeTo(around.at)
    this.#open = { kind: 'attempt', from: around.at }
  }

  /** Another agent is asked for it. Of a mutation its intent says so. */
  signed(around: Surroundings): void {
    if (this.#isMutation) return
    this.#closeTo(around.at)
    this.#open = { kind: 'attempt', from: around.at }
  }

  /** An attempt failed, and there will be another one. */
  retrying(around: Surroundings, { cause, due }: Extract<JournalEvent, { readonly type: 'retrying' }>): void {
    this.cause = cause.name
    this.#attemptTo(around, 'failed')
    this.#open = { kind: 'pause', from: around.at, due }
  }

  /** Nobody knows how it ended. */
  unknown({ at }: Surroundings, cause: string): void {
    this.cause = cause
    if (this.#open) this.#push(this.#open.kind, this.#open.from, at, 'unknown')
    this.#open = { kind: 'doubt', from: at }
  }

  /** It awaits a task of another workflow. */
  waiting({ at }: Surroundings): void {
    this.#closeTo(at)
    this.#open = { kind: 'await', from: at }
  }

  settled(around: Surroundings, { how, receipt, milliseconds }: Settled): void {
    const isAgain = this.settledAt !== undefined
    this.settledAt = around.at
    this.receipt = receipt
    // The second time it was settled by what its handler said.
    if (isAgain) return
    if (how === 'withdrawn') this.#begin(around, around.at)
    const isAnswered = this.#open?.kind === 'doubt' || this.#open?.kind === 'await'
    if (how === 'skipped' || how === 'withdrawn' || isAnswered) this.#closeTo(around.at)
    else this.#done(around, how, milliseconds)
  }

  #done(around: Surroundings, how: Settled['how'], milliseconds: number): void {
    this.#since(Math.max(around.at - milliseconds, around.session))
    if (!this.#open) this.#begin(around, Math.max(around.at - milliseconds, around.session))
    this.#attemptTo(around, how === 'failed' || how === 'caught' ? 'failed' : 'ok', around.at - milliseconds)
  }

  /** It is to be settled anew. */
  reopened({ at }: Surroundings): void {
    this.#closeTo(at)
    this.settledAt = undefined
  }

  /** The process ended that ran it, at some time after `last`. */
  cut(last: number): void {
    this.#guessed = undefined
    if (this.#open?.kind !== 'attempt') return
    this.#push('attempt', this.#open.from, Math.max(last, this.#open.from), 'cut')
    this.#open = undefined
  }

  /** All of it, up to a time at which it goes on, or at which it was cut off. */
  pieces(to: number, isGoingOn: boolean): readonly Piece[] {
    const open = this.#open
    if (!open) return this.#pieces
    if (open.kind === 'attempt') {
      const piece = { kind: open.kind, from: open.from, to, ended: isGoingOn ? 'open' : 'cut' } as const
      return [...this.#pieces, piece]
    }
    const end = Math.max(open.from, Math.min(to, open.due ?? to))
    const waiting = { kind: open.kind, from: open.from, to: end, ended: 'open' } as const
    const isDue = isGoingOn && open.due !== undefined && open.due < to
    return [...this.#pieces, waiting, ...(isDue ? [{ kind: 'attempt', from: end, to, ended: 'open' } as const] : [])]
  }

  /** What was before its first attempt: a mutation is held until it is released. */
  #begin({ readyAt, released }: Surroundings, at: number): void {
    if (!this.#isMutation || this.#pieces.length > 0) return
    const until = Math.min(at, released ?? at)
    if (readyAt < until) this.#push('held', readyAt, until, 'ok')
  }

  /** Ends an attempt, which began when it is said, else when the pause before it was over. */
  #attemptTo({ at, readyAt, session }: Surroundings, ended: Piece['ended'], began?: number): void {
    const open = this.#open
    this.#open = undefined
    if (open?.kind === 'pause') {
      const due = Math.max(open.from, Math.min(Math.max(open.due ?? at, session), at))
      this.#push('pause', open.from, due, 'ok')
      // A mutation is asked for with an intent: without one it was not.
      if (!this.#isMutation) this.#push('attempt', due, at, ended)
    } else if (open?.kind === 'attempt') {
      this.#push('attempt', open.from, at, ended)
    } else {
      if (began === undefined) this.#guessed = this.#pieces.length
      this.#push('attempt', Math.min(at, Math.max(began ?? readyAt, session)), at, ended)
    }
  }

  /** The beginning of the first attempt of this process is known now. */
  #since(began: number): void {
    const first = this.#guessed === undefined ? undefined : this.#pieces[this.#guessed]
    if (first && this.#guessed !== undefined) {
      this.#pieces[this.#guessed] = { ...first, from: Math.min(began, first.to) }
    }
    this.#guessed = undefined
  }

  #closeTo(at: number): void {
    if (this.#open) this.#push(this.#open.kind, this.#open.from, at, 'ok')
    this.#open = undefined
  }

  #push(kind: Piece['kind'], from: number, to: number, ended: Piece['ended']): void {
    this.#pieces.push({ kind, from, to: Math.max(from, to), ended })
  }
}
