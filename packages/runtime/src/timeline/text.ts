import { choose } from './choose.ts'
import { curveOf, sizeOf } from './curve.ts'
import { scaleOf, type Scale } from './scale.ts'
import type { Bar, Moment, Piece, Timeline } from './timeline.ts'
import { columnsOf, cutTo } from './tracks.ts'
import { countsText, duration, labelText, laneTitles, noteOf, offset, plainText, tookOf } from './words.ts'

/** What a part of the text is, for who colours it. */
export type Shade = 'title' | 'quiet' | 'base' | 'pure' | 'query' | 'mutation' | 'bad'

/** How a text is made. */
export interface TextOptions {
  /** How many columns it has, from 60. */
  readonly columns?: number
  /** As many tasks of a lane are drawn one by one; of a lane with more, some, and a curve of the others. */
  readonly barsMax?: number
  /** Colours a part; what is drawn can be told apart without. */
  readonly paint?: (shade: Shade, text: string) => string
}

/** What a row is drawn with. */
interface Board {
  readonly timeline: Timeline
  readonly scale: Scale
  /** Columns of the labels, and of the picture. */
  readonly labels: number
  readonly chart: number
  readonly columns: number
  readonly released: number | undefined
  readonly paint: (shade: Shade, text: string) => string
}

const columnsMin = 60
const barsDefault = 24
const notable = 12
/** Columns to the right of the picture. */
const noteColumns = 24

const marks = {
  ...{ ok: '█', reused: '░', failed: '▒', final: '✗', caught: '◇', unknown: '?', cut: '▌', open: '▶' },
  ...{ pause: '╌', held: '·', await: '~', doubt: '?', skipped: '-', withdrawn: '×', release: '┊' },
} as const

type Mark = keyof typeof marks

const meanings: Readonly<Record<Mark, string>> = {
  ok: 'done',
  reused: 'reused',
  failed: 'an attempt that failed',
  final: 'failed',
  caught: 'caught',
  unknown: 'may have happened',
  cut: 'cut off',
  open: 'under way',
  pause: 'until the next attempt',
  held: 'held until released',
  await: 'waits for another workflow',
  doubt: 'waits for a person',
  skipped: 'skipped',
  withdrawn: 'withdrawn',
  release: 'released',
}

/** A run along time, as lines of text: four lanes, a task a row. */
export function timelineText(timeline: Timeline, options: TextOptions = {}): string {
  const { barsMax = barsDefault, paint = (_, text) => text } = options
  const columns = Math.max(columnsMin, options.columns ?? 80)
  const scale = scaleOf(timeline)
  const names = [...timeline.bars.map(labelText), ...timeline.moments.map(({ text }) => plainText(text))]
  const widest = names.reduce((most, name) => Math.max(most, columnsOf(name)), 8)
  const labels = Math.min(widest, Math.floor(columns / 4))
  const chart = columns - labels - noteColumns - 5
  const released = timeline.moments.find(({ kind }) => kind === 'released')?.at
  const board: Board = { timeline, scale, labels, chart, columns, released, paint }
  const lanes = (['pure', 'query', 'mutation'] as const).map(lane => laneRows(lane, board, barsMax))
  const used = new Set(lanes.flatMap(lane => [...lane.marks]))
  const { name, condition, from, to, waiting } = timeline
  return [
    `${paint('title', cutTo(plainText(name), Math.floor(columns / 2)))}  ${condition}, ${duration(to - from)}, ${new Date(from).toISOString()}`,
    paint('quiet', axis(board)),
    paint('title', laneTitles.base),
    ...timeline.moments.slice(0, 40).map(moment => momentRow(moment, board)),
    ...lanes.flatMap(({ rows }) => rows),
    ...(waiting.length > 0 ? [paint('quiet', cutTo(`Not begun: ${waiting.map(plainText).join(', ')}`, columns))] : []),
    ...legend(used, board),
  ].join('\n')
}

function axis({ scale, chart, labels, timeline }: Board): string {
  let line = ' '.repeat(labels + 4)
  for (const { at, after } of scale.ticks(Math.max(2, Math.floor(chart / 14)))) {
    const column = labels + 4 + columnOf(at, scale, chart)
    if (column < columnsOf(line)) continue
    line = `${line.padEnd(column)}│${after === 0 ? '0' : offset(after)} `
  }
  const folds = scale.folds.map(({ from, to }) => `${offset(from - timeline.from)} … ${offset(to - timeline.from)}`)
  return [line.trimEnd(), ...(folds.length > 0 ? [`  ⧉ nothing was done: ${folds.join(', ')}`] : [])].join('\n')
}

function columnOf(at: number, scale: Scale, chart: number): number {
  return Math.min(chart - 1, Math.floor(scale.place(at) * chart))
}

/** The empty picture of a row: what is folded, and when the mutations were released. */
function emptyCells({ scale, chart, released }: Board, used?: Set<Mark>): string[] {
  const cells = Array.from({ length: chart }, () => ' ')
  for (const { from, to } of scale.folds) {
    for (let i = columnOf(from, scale, chart) + 1; i < columnOf(to, scale, chart); i++) cells[i] = '⧉'
  }
  if (released !== undefined) {
    cells[columnOf(released, scale, chart)] = marks.release
    used?.add('release')
  }
  return cells
}

function momentRow({ at, text, kind }: Moment, board: Board): string {
  const cells = emptyCells(board)
  cells[columnOf(at, board.scale, board.chart)] = kind === 'ended' ? '■' : kind === 'released' ? '◆' : '▲'
  return row(plainText(text), cells, offset(at - board.timeline.from), 'base', board)
}

function row(label: string, cells: readonly string[], note: string, shade: Shade, board: Board): string {
  const name = cutTo(label, board.labels)
  const pad = ' '.repeat(board.labels - columnsOf(name))
  return `  ${name}${pad}  ${board.paint(shade, cells.join(''))} ${cutTo(note, noteColumns)}`.trimEnd()
}

function laneRows(lane: Bar['lane'], board: Board, barsMax: number) {
  const own = board.timeline.bars.filter(bar => bar.lane === lane)
  const used = new Set<Mark>()
  const { shown, rest } = choose(own, barsMax, notable)
  const title = board.paint('title', laneTitles[lane])
  const count = own.length > barsMax ? board.paint('quiet', `  ${own.length}`) : ''
  if (own.length === 0) return { rows: [`${title}  ${board.paint('quiet', 'none')}`], marks: used }
  const rows = shown.map(bar => barRow(bar, board, used))
  const more = rest.length === 0 ? [] : curveRows(rest, lane, board)
  return { rows: [`${title}${count}`, ...more, ...rows], marks: used }
}

function barRow(bar: Bar, board: Board, used: Set<Mark>): string {
  const { scale, chart } = board
  const cells = emptyCells(board, used)
  for (const piece of bar.pieces) drawPiece(bar, piece, cells, board, used)
  const end = endMark(bar)
  if (end) {
    used.add(end)
    cells[columnOf(bar.to, scale, chart)] = marks[end]
  }
  const took = tookOf(bar)
  const isDone = end === undefined || end === 'final' || end === 'caught'
  const time = took === undefined || !isDone ? '' : duration(took)
  const note = [time, noteOf(bar)].filter(text => text !== '').join(' ')
  const isBad = bar.state === 'failed' || bar.state === 'unknown'
  return row(labelText(bar), cells, note, isBad ? 'bad' : bar.lane, board)
}

function drawPiece(bar: Bar, piece: Piece, cells: string[], { scale, chart }: Board, used: Set<Mark>): void {
  const [first, last] = [columnOf(piece.from, scale, chart), columnOf(piece.to, scale, chart)]
  const mark = markOf(bar, piece)
  used.add(mark)
  const body = mark === 'open' || mark === 'cut' ? marks.ok : marks[mark]
  for (let i = first; i <= last; i++) cells[i] = body
  if (mark === 'open' || mark === 'cut') cells[last] = marks[mark]
}

function markOf({ state }: Bar, { kind, ended }: Piece): Mark {
  if (kind !== 'attempt') return kind
  if (ended === 'ok') return state === 'reused' ? 'reused' : 'ok'
  return ended
}

/** How a task ended, where that was not well, or where it was not done at all. */
function endMark({ state, pieces }: Bar): Mark | undefined {
  if (state === 'failed') return 'final'
  if (state === 'skipped' || state === 'withdrawn' || state === 'caught') return state
  return pieces.length === 0 && state === 'reused' ? 'reused' : undefined
}

const steps = ' ▁▂▃▄▅▆▇█'

function curveRows(rest: readonly Bar[], lane: Bar['lane'], board: Board): readonly string[] {
  const slices = curveOf(rest, board.scale, board.chart)
  const peak = Math.max(1, ...slices.map(sizeOf))
  const cells = slices.map(slice => steps[Math.ceil((sizeOf(slice) / peak) * (steps.length - 1))] ?? ' ')
  const text = `  ${rest.length} more: ${countsText(rest)}`
  return [row('', cells, `up to ${peak} in a column`, lane, board), board.paint('quiet', cutTo(text, board.columns))]
}

function legend(used: ReadonlySet<Mark>, { paint, columns }: Board): readonly string[] {
  const unique = [...used].filter(mark => !(mark === 'doubt' && used.has('unknown')))
  const words = unique.map(mark => `${marks[mark]} ${meanings[mark]}`)
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && columnsOf(last) + columnsOf(word) + 3 <= columns)
      lines[lines.length - 1] = `${last}   ${word}`
    else lines.push(word)
  }
  return lines.map(line => paint('quiet', line))
}
