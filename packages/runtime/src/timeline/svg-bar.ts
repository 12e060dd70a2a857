import { element, rounded } from './svg-element.ts'
import type { Bar, Moment, Piece } from './timeline.ts'

/** Where a bar is drawn: its middle, and its height. */
export interface Spot {
  readonly y: number
  readonly height: number
  /** A moment's place along the width. */
  x(at: number): number
}

/** However short a task was, it can be seen. */
const widthMin = 2.5

/** The width that a bar takes. */
export function extentOf(bar: Bar, x: Spot['x']): readonly [from: number, to: number] {
  const [from, to] = [x(bar.from), x(bar.to)]
  const isPoint = bar.state === 'skipped' || bar.state === 'withdrawn' || bar.pieces.length === 0
  const isMarked = isPoint || bar.state === 'failed' || bar.state === 'caught'
  return [isPoint && from === to ? from - 5 : from, Math.max(to, from + widthMin) + (isMarked ? 5 : 0)]
}

/** A task's pieces, and what became of it. */
export function barShapes(bar: Bar, spot: Spot): string {
  const pieces = bar.pieces.map(piece => pieceShape(bar, piece, spot))
  return [...pieces, endShape(bar, spot)].join('')
}

function pieceShape({ state }: Bar, { kind, from, to, ended }: Piece, { x, y, height }: Spot): string {
  const [start, end] = [x(from), x(to)]
  if (kind !== 'attempt') {
    return start === end
      ? ''
      : element('path', { class: `line ${kind}`, d: `M${rounded(start)} ${rounded(y)}H${rounded(end)}` })
  }
  const width = Math.max(widthMin, end - start)
  const box = { x: start, y: y - height / 2, width, height, rx: Math.min(3, width / 2) }
  if (ended === 'ok') return element('rect', { class: state === 'reused' ? 'hollow' : 'solid', ...box })
  if (ended === 'failed' || ended === 'unknown') return element('rect', { class: ended, ...box })
  const d = ended === 'open' ? pointed(start, width, y, height) : torn(start, width, y, height)
  return element('path', { class: 'open', d })
}

/** It goes on. */
function pointed(start: number, width: number, y: number, height: number): string {
  const tip = Math.min(6, width)
  const [top, low] = [y - height / 2, y + height / 2]
  return `M${rounded(start)} ${rounded(top)}h${rounded(width - tip)}l${rounded(tip)} ${rounded(height / 2)}l${rounded(-tip)} ${rounded(height / 2)}H${rounded(start)}zM${rounded(start)} ${rounded(low)}`
}

/** It was cut off. */
function torn(start: number, width: number, y: number, height: number): string {
  const tooth = Math.min(4, width / 2)
  const step = rounded(height / 4)
  const [t, b] = [rounded(tooth), rounded(-tooth)]
  return `M${rounded(start)} ${rounded(y - height / 2)}h${rounded(width)}l${b} ${step}l${t} ${step}l${b} ${step}l${t} ${step}H${rounded(start)}z`
}

/** What became of a task, by a shape of its own. */
function endShape({ state, to, pieces }: Bar, { x, y, height }: Spot): string {
  const [at, r] = [x(to), height / 2 - 1]
  const cx = pieces.length > 0 ? Math.max(at, x(pieces[0]?.from ?? to) + widthMin) : at
  const cross = `M${rounded(cx - r)} ${rounded(y - r)}l${rounded(2 * r)} ${rounded(2 * r)}m0 ${rounded(-2 * r)}l${rounded(-2 * r)} ${rounded(2 * r)}`
  switch (state) {
    case 'failed':
      return element('path', { class: 'cross', d: cross })
    case 'withdrawn':
      return (
        circle(cx, y, r) +
        element('path', {
          class: 'line',
          d: `M${rounded(cx - r * 0.7)} ${rounded(y - r * 0.7)}l${rounded(r * 1.4)} ${rounded(r * 1.4)}`,
        })
      )
    case 'skipped':
      return (
        circle(cx, y, r) +
        element('path', { class: 'line', d: `M${rounded(cx - r * 0.6)} ${rounded(y)}h${rounded(r * 1.2)}` })
      )
    case 'caught':
      return element('path', { class: 'solid', d: diamond(cx, y, r) })
    case 'reused':
      return pieces.length === 0 ? circle(cx, y, r) : ''
    default:
      return ''
  }
}

function circle(cx: number, cy: number, r: number): string {
  return element('circle', { class: 'hollow', cx, cy, r })
}

function diamond(x: number, y: number, r: number): string {
  const [right, left] = [rounded(r), rounded(-r)]
  return `M${rounded(x)} ${rounded(y - r)}l${right} ${right}l${left} ${right}l${left} ${left}z`
}

/** A base event. */
export function momentShape({ at, kind }: Moment, { x, y, height }: Spot): string {
  const [cx, r] = [x(at), height / 2]
  switch (kind) {
    case 'accepted':
    case 'resumed':
      return element('path', {
        class: kind === 'accepted' ? 'solid' : 'hollow',
        d: `M${rounded(cx)} ${rounded(y - r)}l${rounded(1.6 * r)} ${rounded(r)}l${rounded(-1.6 * r)} ${rounded(r)}z`,
      })
    case 'released':
      return element('path', { class: 'solid', d: diamond(cx, y, r) })
    case 'ended':
      return element('rect', { class: 'solid', x: cx - r, y: y - r, width: 2 * r, height: 2 * r })
    case 'suspended':
      return [cx - r, cx + r / 3]
        .map(left => element('rect', { class: 'solid', x: left, y: y - r, width: r / 1.6, height: 2 * r }))
        .join('')
    case 'cancelling':
      return element('path', {
        class: 'cross',
        d: `M${rounded(cx - r)} ${rounded(y - r)}l${rounded(2 * r)} ${rounded(2 * r)}m0 ${rounded(-2 * r)}l${rounded(-2 * r)} ${rounded(2 * r)}`,
      })
    case 'parked':
      return element('circle', { class: 'unknown', cx, cy: y, r })
    case 'reopened':
    case 'told':
      return element('circle', { class: kind === 'told' ? 'solid' : 'hollow', cx, cy: y, r })
  }
}
