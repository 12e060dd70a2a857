import type { Settlement } from '@ipvm/store'
import type { RunEvent } from '@ipvm/runtime'

/** Shows a run as it goes. */
export interface Display {
  /** Announces the run that comes next. */
  begin(title: string): void
  event(event: RunEvent): void
  /** Leaves the screen in order; nothing is shown after it. */
  end(): void
}

/** A task as a person sees it. */
export type Phase = 'waiting' | 'running' | 'retrying' | 'unknown' | Settlement

/** Milliseconds as people read them: `0.4 ms`, `87 ms`, `1.24 s`, `3 m 05 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(2)} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
}

/** A size as people read it: `812 B`, `14.2 kB`, `2.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
