import { styleText } from 'node:util'
import { duration, type Display, type Phase } from './display.ts'
import { applyEvent, applyRecord, type Row, type Rows } from './rows.ts'
import { printable } from '../output.ts'

/** The part of a terminal stream that is drawn on. */
export interface Screen {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

const marks: Readonly<Record<Phase, readonly [mark: string, colour: Parameters<typeof styleText>[0]]>> = {
  waiting: ['○', 'gray'],
  running: ['◐', 'cyan'],
  retrying: ['↻', 'yellow'],
  unknown: ['?', 'yellow'],
  ran: ['✓', 'green'],
  reused: ['✓', 'blue'],
  failed: ['✗', 'red'],
  caught: ['✓', 'yellow'],
  skipped: ['–', 'gray'],
  withdrawn: ['–', 'gray'],
}

const spinner = ['◐', '◓', '◑', '◒']
const redrawMilliseconds = 100

/** After these, nothing more of a run goes on by itself. */
const lastEvents: readonly string[] = ['ended', 'parked', 'suspended']

/** Draws a run's tasks in place, a row each, and keeps drawing while they run. */
export function terminalDisplay(screen: Screen): Display {
  let rows: Rows = new Map()
  let drawn = 0
  let timer: NodeJS.Timeout | undefined
  const draw = () => {
    const lines = board([...rows.values()], screen)
    screen.write(`${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.map(line => `\u001b[2K${line}\n`).join('')}\u001b[J`)
    drawn = lines.length
  }
  const settleScreen = () => {
    clearInterval(timer)
    timer = undefined
    if (rows.size > 0) draw()
    rows = new Map()
    drawn = 0
  }
  return {
    begin: title => {
      settleScreen()
      screen.write(`${styleText('bold', printable(title))}\n`)
    },
    settled: records => {
      for (const record of records) applyRecord(rows, record)
    },
    event: event => {
      applyEvent(rows, event)
      if (lastEvents.includes(event.type)) settleScreen()
      else timer ??= setInterval(draw, redrawMilliseconds)
    },
    end: settleScreen,
  }
}

/** The lines of a run: all its tasks where they fit on the screen, else those that matter now and a count. */
function board(rows: readonly Row[], screen: Screen): string[] {
  // Some terminals say 0 where they do not know.
  const columns = screen.columns || 80
  const height = screen.rows || 24
  const room = Math.max(1, height - 4)
  const width = Math.min(24, Math.max(...rows.map(({ label }) => cells(printable(label)))))
  const shown = rows.length <= room ? rows : mostUrgent(rows, room - 1)
  const lines = shown.map(row => rowLine(row, width, columns))
  if (shown.length < rows.length) lines.push(styleText('gray', `  … ${counts(rows)}`))
  return lines
}

const urgency: readonly Phase[] = [
  'unknown',
  'running',
  'retrying',
  'failed',
  'waiting',
  'withdrawn',
  'skipped',
  'caught',
  'ran',
  'reused',
]

function mostUrgent(rows: readonly Row[], count: number): readonly Row[] {
  return [...rows].sort((a, b) => urgency.indexOf(a.phase) - urgency.indexOf(b.phase)).slice(0, count)
}

function counts(rows: readonly Row[]): string {
  const byPhase = Map.groupBy(rows, ({ phase }) => phase)
  return urgency.flatMap(phase => (byPhase.has(phase) ? `${byPhase.get(phase)?.length} ${phase}` : [])).join(', ')
}

function rowLine({ label, phase, since, milliseconds, receipt, why }: Row, width: number, columns: number): string {
  const [still, colour] = marks[phase]
  const frame = Math.floor(performance.now() / redrawMilliseconds) % spinner.length
  const mark = phase === 'running' ? (spinner[frame] ?? still) : still
  const time = phase === 'waiting' ? '' : duration(phase === 'running' ? performance.now() - since : milliseconds)
  const name = cut(printable(label), width)
  const plain = cut(`${name}${' '.repeat(width - cells(name))}  ${phase.padEnd(9)}  ${time.padStart(8)}  `, columns - 5)
  const tail = cut(why === '' ? receipt : why, columns - 5 - cells(plain))
  return `  ${styleText(colour, mark)} ${plain}${styleText(why === '' ? 'gray' : 'red', tail)}`
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** How many cells of a terminal a text takes: a row that wraps would break the drawing in place. */
function cells(text: string): number {
  let count = 0
  for (const character of text) count += wide.test(character) ? 2 : 1
  return count
}

function cut(text: string, room: number): string {
  if (cells(text) <= room) return text
  let shown = ''
  for (const character of text) {
    if (cells(shown) + cells(character) > room - 1) break
    shown += character
  }
  return room > 0 ? `${shown}…` : ''
}
