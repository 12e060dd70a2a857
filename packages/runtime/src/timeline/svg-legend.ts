import { barShapes } from './svg-bar.ts'
import { element, textElement } from './svg-element.ts'
import type { Bar, BarState, Piece, Timeline } from './timeline.ts'

type Sample = readonly [text: string, state: BarState, kind: Piece['kind'], ended: Piece['ended']]

const samples: readonly Sample[] = [
  ['ran', 'ran', 'attempt', 'ok'],
  ['reused', 'reused', 'attempt', 'ok'],
  ['under way', 'open', 'attempt', 'open'],
  ['an attempt that failed', 'ran', 'attempt', 'failed'],
  ['until the next attempt', 'ran', 'pause', 'ok'],
  ['held until released', 'ran', 'held', 'ok'],
  ['waits for another workflow', 'ran', 'await', 'ok'],
  ['cut off', 'ran', 'attempt', 'cut'],
  ['may have happened', 'unknown', 'attempt', 'unknown'],
  ['waits for a person', 'unknown', 'doubt', 'open'],
]

const ends: readonly (readonly [text: string, state: BarState])[] = [
  ['failed', 'failed'],
  ['caught', 'caught'],
  ['withdrawn', 'withdrawn'],
  ['skipped', 'skipped'],
]

/** A mark, and what it means. */
interface Entry {
  readonly text: string
  draw(x: number, y: number): string
}

/** What the marks mean that occur in a picture. @param hasFolds whether some of its time is folded */
export function legendOf(timeline: Timeline, hasFolds: boolean, left: number, top: number, right: number) {
  const fold = (x: number, y: number) => element('rect', { class: 'fold', x, y: y - 6, width: 22, height: 12 })
  const entries = [...entriesOf(timeline), ...(hasFolds ? [{ text: 'nothing was done', draw: fold }] : [])]
  let [x, row] = [left, 0]
  const drawn = entries.map(({ text, draw }) => {
    const width = 34 + text.length * 6.1
    if (x + width > right) [x, row] = [left, row + 1]
    const y = top + row * 18
    const svg = draw(x, y) + textElement('text', { class: 'quiet', x: x + 30, y: y + 4 }, text)
    x += width + 16
    return svg
  })
  if (entries.length === 0) return { svg: '', height: 4 }
  return { svg: element('g', { class: 'base', 'aria-hidden': 'true' }, ...drawn), height: (row + 1) * 18 + 4 }
}

function entriesOf({ bars }: Timeline): readonly Entry[] {
  const states = new Set(bars.map(({ state }) => state))
  const pieces = new Set(bars.flatMap(bar => bar.pieces.map(piece => markOf(bar, piece))))
  const entry = (text: string, bar: Bar): Entry => ({
    text,
    draw: (x, y) => barShapes(bar, { y, height: 10, x: at => x + (bar.pieces.length > 0 ? at : 14) }),
  })
  return [
    ...samples
      .filter(([, state, kind, ended]) => pieces.has(markText(state, kind, ended)))
      .map(([text, state, kind, ended]) => entry(text, sample(state, [{ kind, from: 0, to: 22, ended }]))),
    ...ends.filter(([, state]) => states.has(state)).map(([text, state]) => entry(text, sample(state, []))),
  ]
}

function sample(state: BarState, pieces: readonly Piece[]): Bar {
  const bar = { label: '', labels: [], lane: 'pure', cmd: '', attempts: 1, awaits: [], from: 0, to: 0 } as const
  return { ...bar, state, pieces }
}

function markOf({ state }: Bar, { kind, ended }: Piece): string {
  return markText(state, kind, ended)
}

/** Marks that look alike are one. */
function markText(state: BarState, kind: Piece['kind'], ended: Piece['ended']): string {
  if (kind !== 'attempt') return kind
  return ended === 'ok' ? `ok ${state === 'reused'}` : ended
}
