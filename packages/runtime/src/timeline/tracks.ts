/** Something that is drawn along the width, with its label. */
export interface Placed<T> {
  readonly item: T
  /** Pixels. */
  readonly from: number
  readonly to: number
  readonly label: LabelSpot
  /** Which row it is in, from 0. */
  readonly track: number
}

/** Where a label is: at its left end, right end, or over the bar. */
export interface LabelSpot {
  readonly x: number
  readonly anchor: 'start' | 'end'
  readonly isOver: boolean
}

/** What is to be placed. */
export interface Wanted<T> {
  readonly item: T
  readonly from: number
  readonly to: number
  readonly labelWidth: number
}

const gap = 5
const between = 10

/** Puts bars and their labels into as few rows as they fit in without touching, in the order in which they come. */
export function intoTracks<T>(wanted: readonly Wanted<T>[], width: number): readonly Placed<T>[] {
  const ends: number[] = []
  return wanted.map(({ item, from, to, labelWidth }) => {
    const label = labelSpot(from, to, labelWidth, width)
    const start = label.anchor === 'end' ? Math.min(from, label.x - labelWidth) : from
    const end = label.anchor === 'start' ? Math.max(to, label.x + labelWidth) : to
    const free = ends.findIndex(last => last + between <= start)
    const track = free < 0 ? ends.length : free
    ends[track] = end
    return { item, from, to, label, track }
  })
}

/** After the bar where there is room, else before it, else over it. */
function labelSpot(from: number, to: number, labelWidth: number, width: number): LabelSpot {
  if (to + gap + labelWidth <= width) return { x: to + gap, anchor: 'start', isOver: false }
  if (from - gap - labelWidth >= 0) return { x: from - gap, anchor: 'end', isOver: false }
  return { x: Math.max(0, Math.min(from + gap, width - labelWidth)), anchor: 'start', isOver: true }
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** How many columns a text takes; some characters take two. */
export function columnsOf(text: string): number {
  let count = 0
  for (const character of text) count += wide.test(character) ? 2 : 1
  return count
}

/** A text, cut where it has more columns than that. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let [shown, count] = ['', 0]
  for (const character of text) {
    count += wide.test(character) ? 2 : 1
    if (count > columns - 1) break
    shown += character
  }
  return columns > 0 ? `${shown}…` : ''
}
