import type { RunEvent, SettledTask } from '@ipvm/runtime'
import type { Settlement, TaskRecord } from '@ipvm/store'
import { printable } from '../output.ts'

/** Shows a run as it goes. */
export interface Display {
  /** Announces the run that comes next. */
  begin(title: string): void
  /** What was settled before, of a run that is gone on with. */
  settled(records: readonly TaskRecord[]): void
  readonly event: (event: RunEvent) => void
  /** Leaves the screen in order; nothing is shown after it. */
  end(): void
}

/** A task as a person sees it. */
export type Phase = 'waiting' | 'running' | 'retrying' | 'unknown' | Settlement

/** What a task's failure says; of what comes of a secret, its receipt says nothing. */
export function failureOf({ receipt: { out } }: Pick<SettledTask, 'receipt'>): string | undefined {
  return 'ok' in out ? undefined : printable(out.error.message)
}

/** Milliseconds as people read them: `0.4 ms`, `87 ms`, `1.24 s`, `3 m 05 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(2)} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
}

/** Milliseconds in the largest unit that fits, for what is still to come: `0 s`, `12 s`, `3 min`, `2 h`, `4 d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** When something is, from now on: `now`, `in 12 s`. */
export function inSpan(milliseconds: number): string {
  return milliseconds < 500 ? 'now' : `in ${span(milliseconds)}`
}

/** A size as people read it: `812 B`, `14.2 kB`, `2.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
