import type { Scale } from './scale.ts'
import { element, rounded, textElement } from './svg-element.ts'
import type { Timeline } from './timeline.ts'
import { duration, offset } from './words.ts'

/** Where the axis is drawn; pixels. */
export interface AxisSpot {
  readonly left: number
  readonly width: number
  readonly top: number
  readonly bottom: number
}

/** Room for a number on the axis. */
const numberWidth = 58

/** Moments along the width, with what is folded between them. */
export function axisOf(scale: Scale, { left, width, top, bottom }: AxisSpot): string {
  const x = (at: number) => left + scale.place(at) * width
  const number = (at: number, text: string) =>
    textElement('text', { class: 'quiet', x: at, y: top - 8, 'text-anchor': 'middle' }, text)
  const taken = scale.folds.map(({ from, to }) => (x(from) + x(to)) / 2)
  const ticks: string[] = []
  for (const { at, after } of scale.ticks(Math.max(3, Math.floor(width / 110)))) {
    if (taken.some(other => Math.abs(other - x(at)) < numberWidth)) continue
    taken.push(x(at))
    const line = element('path', { class: 'grid', d: `M${rounded(x(at))} ${rounded(top)}V${rounded(bottom)}` })
    ticks.push(line, number(x(at), offset(after)))
  }
  const folds = scale.folds.flatMap(({ from, to }) => {
    const box = { x: x(from), y: top, width: x(to) - x(from), height: bottom - top }
    return [element('rect', { class: 'fold', ...box }), number((x(from) + x(to)) / 2, duration(to - from))]
  })
  return element('g', { 'aria-hidden': 'true' }, ...ticks, ...folds)
}

/** From there on the world may be changed. */
export function releaseOf({ moments }: Timeline, scale: Scale, { left, width, top, bottom }: AxisSpot): string {
  const released = moments.find(({ kind }) => kind === 'released')
  if (!released) return ''
  const x = left + scale.place(released.at) * width
  const d = `M${rounded(x)} ${rounded(top)}V${rounded(bottom)}`
  return element('path', { class: 'release', 'aria-hidden': 'true', d })
}
