import { scaleOf } from './scale.ts'
import { axisOf, releaseOf } from './svg-axis.ts'
import { element, rounded, textElement } from './svg-element.ts'
import { barHeight, baseLane, taskLane, type DrawnLane, type LaneContext } from './svg-lane.ts'
import { legendOf } from './svg-legend.ts'
import { patternsOf, styleOf } from './svg-style.ts'
import type { Bar, Timeline } from './timeline.ts'
import { describe, duration, plainText } from './words.ts'

/** How a picture is made. */
export interface SvgOptions {
  /** Pixels, from 480; the picture grows and shrinks with its place all the same. */
  readonly width?: number
  /** As many tasks of a lane are drawn one by one; of a lane with more, some, and a curve of the others. */
  readonly barsMax?: number
  /** As many promises are drawn as arrows; none where there are more. */
  readonly linksMax?: number
  /** Whose colours; by default the reader's. */
  readonly scheme?: 'light' | 'dark'
}

const [left, right, head, axisHeight, lanesGap] = [128, 20, 62, 26, 4]
const barsDefault = 40
const linksDefault = 48

/** A run as a picture: four lanes along time. It needs nothing from outside, and is fit to stand in a page. */
export function timelineSvg(timeline: Timeline, options: SvgOptions = {}): string {
  const { barsMax = barsDefault, linksMax = linksDefault, scheme } = options
  const whole = Math.max(480, options.width ?? 1200)
  const id = `timeline-${timeline.run.toString().slice(-10)}`
  const scale = scaleOf(timeline)
  const context: LaneContext = { timeline, scale, left, width: whole - left - right, barsMax }
  const drawn = [baseLane(context), ...(['pure', 'query', 'mutation'] as const).map(lane => taskLane(lane, context))]
  const tops = drawn.map(
    (_, i) => head + axisHeight + drawn.slice(0, i).reduce((sum, { height }) => sum + height + lanesGap, 0),
  )
  const bottom = head + axisHeight + drawn.reduce((sum, { height }) => sum + height + lanesGap, 0)
  const legend = legendOf(timeline, scale.folds.length > 0, left, bottom + 14, whole - right)
  const height = bottom + 14 + legend.height
  const axis = { left, width: context.width, top: head + axisHeight - 4, bottom: bottom - 8 }
  const lanesDrawn = drawn.map((lane, i) => lane.draw(tops[i] ?? 0))
  return element(
    'svg',
    {
      ...{ xmlns: 'http://www.w3.org/2000/svg', id, width: whole, height, viewBox: `0 0 ${whole} ${rounded(height)}` },
      ...{
        role: 'graphics-document document',
        'aria-labelledby': `${id}-title ${id}-text`,
        style: 'max-width:100%;height:auto',
      },
    },
    textElement('title', { id: `${id}-title` }, `${plainText(timeline.name)}: ${timeline.condition}`),
    textElement('desc', { id: `${id}-text` }, describe(timeline)),
    element('style', {}, styleOf(id, scheme)),
    patternsOf(id),
    element('rect', { class: 'paper', width: whole, height }),
    headOf(timeline),

    ...drawn.map((lane, i) =>
      element('rect', { class: 'band', x: 8, y: tops[i] ?? 0, width: whole - 16, height: lane.height, rx: 6 }),
    ),
    axisOf(scale, axis),
    releaseOf(timeline, scale, axis),
    linksOf(drawn, tops, timeline, linksMax, id),
    ...lanesDrawn,
    legend.svg,
  )
}

function headOf({ name, condition, run, from, to }: Timeline): string {
  const facts = [condition, duration(to - from), new Date(from).toISOString(), run.toString()]
  return [
    textElement('text', { class: 'head', x: 20, y: 28 }, plainText(name).slice(0, 80)),
    textElement('text', { class: 'quiet', x: 20, y: 48 }, facts.join(' · ')),
  ].join('')
}

/** Promises, where they are few. */
function linksOf(
  drawn: readonly DrawnLane[],
  tops: readonly number[],
  { bars }: Timeline,
  linksMax: number,
  id: string,
): string {
  const spots = new Map(
    drawn.flatMap(({ spots: own }, i) =>
      [...own].map(([bar, spot]) => [bar, { ...spot, y: spot.y + (tops[i] ?? 0) }] as const),
    ),
  )
  const links = bars.flatMap(bar => bar.awaits.flatMap(place => linkTo(bars[place], bar)))
  if (links.length === 0 || links.length > linksMax) return ''
  const paths = links.flatMap(([from, to]) => {
    const [a, b] = [spots.get(from), spots.get(to)]
    return a && b ? [curved(a.to, a.y, b.from, b.y, id)] : []
  })
  return element('g', { 'aria-hidden': 'true' }, ...paths)
}

function linkTo(from: Bar | undefined, to: Bar): readonly (readonly [Bar, Bar])[] {
  return from ? [[from, to]] : []
}

/** From the end of one bar to the beginning of another; from edge to edge where one is above the other. */
function curved(x1: number, y1: number, x2: number, y2: number, id: string): string {
  const tip = { 'marker-end': `url(#${id}-tip)` }
  const [start, end] = [Math.min(x1, x2 + 3), x2 - 2]
  if (x2 - x1 > 24) {
    const bend = Math.min(60, (x2 - x1) / 2)
    const points = [x1 + bend, y1, x2 - bend, y2, end, y2].map(rounded).join(' ')
    return element('path', { class: 'link', d: `M${rounded(x1)} ${rounded(y1)}C${points}`, ...tip })
  }
  const edge = y2 > y1 ? barHeight / 2 : -barHeight / 2
  const points = [start, y1 + 3 * edge, x2 - 12, y2, end, y2].map(rounded).join(' ')
  return element('path', { class: 'link', d: `M${rounded(start)} ${rounded(y1 + edge)}C${points}`, ...tip })
}
