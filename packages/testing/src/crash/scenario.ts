import { Draw } from './draw.ts'
import { innerPoints, type KillPoint } from './kill-point.ts'
import { mixedWorkflows } from './workflows/mixed.ts'

/** One test: workflows, and where their node is killed, one life after the other; then it lives to the end. */
export interface Scenario {
  readonly seed: string
  readonly lives: readonly DoomedLife[]
}

/** A life that is to end by a kill. */
export interface DoomedLife {
  readonly kill: KillPoint
  /** Whether somebody opens the store before the next life and looks; else recovery is up to the next worker alone. */
  readonly isJudged: boolean
  /** Whether another node is there at the same time, which goes on when this one is killed; and where that one is killed. */
  readonly rival?: { readonly kill?: KillPoint }
  /** Whether a person answers at once for what is not known; else only when a run goes no further without. */
  readonly isAnswered: boolean
}

/** The longest time after which a worker is killed from outside, milliseconds: longer than most take. */
const startMillisecondsMax = 600
const openMillisecondsMax = 300

/** How many of 100 lives have another node beside them. */
const rivalPercent = 15

/** How often each point is passed at least, where nobody is killed. */
interface Counts {
  readonly commits: number
  readonly calls: number
}

/**
 * The trial of this number. The first kill goes through all points and all counts in turn, so that every commit point is met
 * in workflows of every kind; further ones, and those from outside, are drawn.
 */
export function scenario(seed: string, number: number): Scenario {
  const draw = new Draw(`${seed}/${number}`)
  const counts = leastCounts(`${seed}/${number}`)
  const kills = [number % 4 === 3 ? outer(draw) : inTurn(number - Math.floor(number / 4), counts)]
  while (kills.length < 4 && draw.percent(45)) kills.push(draw.percent(50) ? outer(draw) : inner(draw, counts))
  const lives = kills.map(kill => {
    const rival = draw.percent(rivalPercent) ? { rival: draw.percent(50) ? { kill: inner(draw, counts) } : {} } : {}
    return { kill, ...rival, isJudged: draw.percent(50), isAnswered: draw.percent(50) }
  })
  return { seed: `${seed}/${number}`, lives }
}

/** Each task is a commit at least, and each that is not pure is a call, where its workflow sends anything. */
function leastCounts(seed: string): Counts {
  const workflows = mixedWorkflows(seed)
  const tasks = workflows.flatMap(({ tasks: planned }) => [...planned.values()])
  const sending = workflows.filter(({ fate }) => fate !== 'doomed')
  const effects = sending.flatMap(({ tasks: planned }) => [...planned.values()].filter(({ ends }) => ends === 'ok'))
  return { commits: tasks.length, calls: Math.max(1, effects.filter(({ kind }) => kind !== 'pure').length) }
}

/** Every point with every count, one after the other. */
function inTurn(number: number, counts: Counts): KillPoint {
  const at = innerPoints[number % innerPoints.length] ?? 'before handing over'
  const turn = Math.floor(number / innerPoints.length)
  return { at, nth: (turn % countMax(at, counts)) + 1 }
}

function inner(draw: Draw, counts: Counts): KillPoint {
  const at = draw.pick(innerPoints)
  return { at, nth: draw.between(1, countMax(at, counts)) }
}

function outer(draw: Draw): KillPoint {
  return draw.percent(50)
    ? { at: 'any time', milliseconds: draw.below(startMillisecondsMax) }
    : { at: 'any time while open', milliseconds: draw.below(openMillisecondsMax) }
}

function countMax(at: KillPoint['at'], { commits, calls }: Counts): number {
  if (at.endsWith('call')) return calls
  // Several changes share one transaction.
  return at.endsWith('disk') ? Math.ceil(commits / 3) : commits
}
