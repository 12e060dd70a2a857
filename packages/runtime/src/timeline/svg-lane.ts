import { choose } from './choose.ts'
import { curveOf, sizeOf, type Slice } from './curve.ts'
import type { Scale } from './scale.ts'
import { barShapes, extentOf, momentShape } from './svg-bar.ts'
import { element, rounded, textElement } from './svg-element.ts'
import type { Bar, LaneName, Moment, Timeline } from './timeline.ts'
import { columnsOf, cutTo, intoTracks, type Placed, type Wanted } from './tracks.ts'
import { countsText, duration, labelText, laneTitles, noteOf, offset, plainText, sentenceOf, tookOf } from './words.ts'

/** What a lane is drawn with; pixels. */
export interface LaneContext {
  readonly timeline: Timeline
  readonly scale: Scale
  readonly left: number
  readonly width: number
  /** As many of its tasks are drawn one by one; of more than these, some. */
  readonly barsMax: number
}

/** A lane as it is drawn. */
export interface DrawnLane {
  readonly height: number
  /** What it is with its upper edge there. */
  draw(top: number): string
  /** Where the bars are that are drawn one by one, with the upper edge at 0. */
  readonly spots: ReadonlyMap<Bar, { readonly from: number; readonly to: number; readonly y: number }>
}

/** Pixels. */
export const barHeight = 11

const [pad, trackHeight, curveHeight, laneMin] = [11, 21, 72, 52]
/** Of a lane with more tasks than are drawn one by one, so many are. */
const notable = 12
/** How wide a letter is on average. */
const letter = 6.1
const labelColumnsMax = 34

/** The lane of base events. */
export function baseLane({ timeline, scale, left, width }: LaneContext): DrawnLane {
  const x = (at: number) => scale.place(at) * width
  const wanted = timeline.moments.slice(0, 60).map((item): Wanted<Moment> => {
    const text = cutTo(plainText(item.text), labelColumnsMax)
    return { item, from: x(item.at) - 6, to: x(item.at) + 6, labelWidth: columnsOf(text) * letter }
  })
  const placed = intoTracks(wanted, width)
  const height = heightOf(placed)
  const shape = ({ item, label, track }: Placed<Moment>, top: number) => {
    const y = middle(track) + top
    const sentence = `${plainText(item.text)}, at ${offset(item.at - timeline.from)}`
    return symbol(
      sentence,
      momentShape(item, { x: at => left + x(at), y, height: barHeight }),
      textElement(
        'text',
        { x: left + label.x, y: y + 4, 'text-anchor': label.anchor },
        cutTo(plainText(item.text), labelColumnsMax),
      ),
    )
  }
  const draw = (top: number) =>
    frame(
      'base',
      top,
      '',
      placed.map(one => shape(one, top)),
    )
  return { height, draw, spots: new Map() }
}

/** The lane of a class of tasks. */
export function taskLane(lane: Exclude<LaneName, 'base'>, context: LaneContext): DrawnLane {
  const { timeline, scale, left, width, barsMax } = context
  const own = timeline.bars.filter(bar => bar.lane === lane)
  const { shown, rest } = choose(own, barsMax, notable)
  const x = (at: number) => scale.place(at) * width
  const wanted = shown.map((item): Wanted<Bar> => {
    const [from, to] = extentOf(item, x)
    return { item, from, to, labelWidth: columnsOf(labelParts(item).join(' ')) * letter }
  })
  const placed = intoTracks(wanted, width)
  const curve = rest.length === 0 ? undefined : curveOf(rest, scale, Math.floor(width / 4))
  const above = curve ? curveHeight + 16 : 0
  const height = heightOf(placed) + above
  const spots = placed.map(({ item, from, to, track }) => {
    return [item, { from: left + from, to: left + to, y: middle(track) + above }] as const
  })
  const draw = (top: number) => {
    const bars = placed.map(one => barGroup(one, middle(one.track) + above + top, context))
    const curved = curve ? [curveGroup(curve, rest, { ...context, top: top + 14 })] : []
    const counts = own.length === 0 ? 'none' : `${own.length}`
    return frame(lane, top, counts, [...curved, ...bars])
  }
  return { height, draw, spots: new Map(spots) }
}

function middle(track: number): number {
  return pad + trackHeight * track + trackHeight / 2
}

function heightOf(placed: readonly Placed<unknown>[]): number {
  return placed.reduce((most, { track }) => Math.max(most, 2 * pad + trackHeight * (track + 1)), laneMin)
}

function labelParts(bar: Bar): readonly string[] {
  const took = tookOf(bar)
  const isTold = took !== undefined && bar.state !== 'skipped' && bar.state !== 'withdrawn'
  return [cutTo(labelText(bar), labelColumnsMax), isTold ? duration(took) : '', cutTo(noteOf(bar), 46)].filter(
    part => part !== '',
  )
}

function barGroup({ item, label }: Placed<Bar>, y: number, { left, width, scale, timeline }: LaneContext): string {
  const [name = '', ...more] = labelParts(item)
  const plate = {
    x: left + label.x - 4,
    y: y - 7.5,
    width: columnsOf([name, ...more].join(' ')) * letter + 8,
    height: 15,
    rx: 3,
  }
  return symbol(
    sentenceOf(item, timeline),
    barShapes(item, { y, height: barHeight, x: at => left + scale.place(at) * width }),
    label.isOver ? element('rect', { class: 'plate', ...plate }) : '',
    element(
      'text',
      { x: left + label.x, y: y + 4, 'text-anchor': label.anchor },
      textElement('tspan', {}, name),
      ...(more.length > 0 ? [textElement('tspan', { class: 'quiet' }, ` ${more.join(' · ')}`)] : []),
    ),
  )
}

function curveGroup(
  slices: readonly Slice[],
  rest: readonly Bar[],
  { left, width, top }: LaneContext & { top: number },
): string {
  const peak = Math.max(1, ...slices.map(sizeOf))
  const base = top + curveHeight
  const step = width / slices.length
  const area = (kind: string, from: (slice: Slice) => number, to: (slice: Slice) => number) => {
    if (slices.every(slice => from(slice) === to(slice))) return ''
    const y = (value: number) => rounded(base - (value / peak) * (curveHeight - 8))
    const upper = slices.map(
      (slice, i) => `L${rounded(left + i * step)} ${y(to(slice))}H${rounded(left + (i + 1) * step)}`,
    )
    const lower = slices.map(
      (slice, i) => `L${rounded(left + (i + 1) * step)} ${y(from(slice))}H${rounded(left + i * step)}`,
    )
    const d = `M${rounded(left)} ${y(from(slices[0] ?? { done: 0, known: 0, bad: 0 }))}${upper.join('')}${lower.toReversed().join('')}z`
    return element('path', { class: `curve ${kind}`, d })
  }
  const text = `${rest.length} more: ${countsText(rest)}; up to ${peak} in a slice`
  return symbol(
    text,
    area(
      'done',
      () => 0,
      ({ done }) => done,
    ),
    area(
      'known',
      ({ done }) => done,
      ({ done, known }) => done + known,
    ),
    area('bad', ({ done, known }) => done + known, sizeOf),
    element('path', { class: 'grid', d: `M${rounded(left)} ${rounded(base)}h${rounded(width)}` }),
    textElement('text', { class: 'quiet', x: left + width, y: top, 'text-anchor': 'end' }, text),
  )
}

/** What has a text of its own, which is shown where one points at it, and read aloud. */
function symbol(sentence: string, ...inner: readonly string[]): string {
  const role = { role: 'graphics-symbol img', 'aria-label': sentence }
  return element('g', role, textElement('title', {}, sentence), ...inner)
}

function frame(lane: LaneName, top: number, count: string, inner: readonly string[]): string {
  const title = laneTitles[lane]
  return element(
    'g',
    { class: `lane ${lane}`, role: 'graphics-object group', 'aria-label': title },
    textElement('text', { class: 'name', x: 20, y: top + pad + 14 }, title),
    ...(count === '' ? [] : [textElement('text', { class: 'quiet', x: 20, y: top + pad + 29 }, count)]),
    ...inner,
  )
}
