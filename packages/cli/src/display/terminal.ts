import { styleText } from 'node:util'
import type { RunEvent } from '@ipvm/runtime'
import { duration, printable, type Display, type Phase } from './display.ts'

/** The part of a terminal stream that is drawn on. */
export interface Screen {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

interface Row {
  readonly label: string
  phase: Phase
  since: number
  milliseconds: number
  receipt: string
  why: string
}

const marks: Readonly<Record<Phase, readonly [mark: string, colour: Parameters<typeof styleText>[0]]>> = {
  waiting: ['○', 'gray'],
  running: ['◐', 'cyan'],
  ran: ['✓', 'green'],
  reused: ['✓', 'blue'],
  failed: ['✗', 'red'],
  skipped: ['–', 'gray'],
}

const spinner = ['◐', '◓', '◑', '◒']
const redrawMilliseconds = 100

/** Draws a run's tasks in place, a row each, and keeps drawing while they run. */
export function terminalDisplay(screen: Screen): Display {
  let rows = new Map<string, Row>()
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
      screen.write(`${styleText('bold', title)}\n`)
    },
    event: event => {
      apply(rows, event)
      if (event.type === 'started') timer = setInterval(draw, redrawMilliseconds)
      if (event.type === 'ended') settleScreen()
    },
    end: settleScreen,
  }
}

function apply(rows: Map<string, Row>, event: RunEvent): void {
  if (event.type === 'started') {
    for (const label of event.labels) {
      rows.set(label, { label, phase: 'waiting', since: 0, milliseconds: 0, receipt: '', why: '' })
    }
  }
  const row = 'label' in event ? rows.get(event.label) : undefined
  if (!row) return
  if (event.type === 'running') {
    row.phase = 'running'
    row.since = performance.now()
  }
  if (event.type === 'settled') {
    row.phase = event.how
    row.milliseconds = event.milliseconds
    row.receipt = event.receipt.cid.toString()
    row.why = 'error' in event.receipt.out ? printable(event.receipt.out.error.message) : ''
  }
}

/** The lines of a run: all its tasks where they fit on the screen, else those that matter now and a count. */
function board(rows: readonly Row[], screen: Screen): string[] {
  // Some terminals say 0 where they do not know.
  const columns = screen.columns || 80
  const height = screen.rows || 24
  const room = Math.max(1, height - 4)
  const width = Math.min(24, Math.max(...rows.map(({ label }) => printable(label).length)))
  const shown = rows.length <= room ? rows : mostUrgent(rows, room - 1)
  const lines = shown.map(row => rowLine(row, width, columns))
  if (shown.length < rows.length) lines.push(styleText('gray', `  … ${counts(rows)}`))
  return lines
}

const urgency: readonly Phase[] = ['running', 'failed', 'waiting', 'skipped', 'ran', 'reused']

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
  const name = printable(label).slice(0, width).padEnd(width)
  const time = phase === 'waiting' ? '' : duration(phase === 'running' ? performance.now() - since : milliseconds)
  const plain = `${name}  ${phase.padEnd(7)}  ${time.padStart(8)}  `
  const room = Math.max(0, columns - plain.length - 5)
  const receiptShown = receipt.length <= room ? receipt : `${receipt.slice(0, Math.max(0, room - 1))}…`
  const tail = why === '' ? styleText('gray', receipt === '' ? '' : receiptShown) : styleText('red', why.slice(0, room))
  return `  ${styleText(colour, mark)} ${plain}${tail}`
}
