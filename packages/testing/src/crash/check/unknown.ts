import { allLines, type Evidence, type Life } from './evidence.ts'
import { unknownTasks } from './journal.ts'

/** How often an outcome was listed as unknown, and why it had to be. */
export interface Doubts {
  /** Somebody was killed between an intent and its outcome. */
  readonly killed: number
  /** The answer was lost on the way, and nobody was killed. */
  readonly unanswered: number
  /** Those that need not have been, in sentences. */
  readonly problems: readonly string[]
}

/** Judges what is listed as unknown by what the workers said before they were killed. */
export async function doubts(evidence: Pick<Evidence, 'store' | 'submissions' | 'lives'>): Promise<Doubts> {
  const problems: string[] = []
  let [killed, unanswered] = [0, 0]
  for (const { task, run, times } of await unknownTasks(evidence)) {
    const kills = evidence.lives.filter(life => killedInBetween(life, task)).length
    const losses = allLines(evidence).filter(line => isLoss(line, task)).length
    unanswered += Math.min(times, losses)
    killed += Math.max(0, times - losses)
    if (times > kills + losses) {
      problems.push(
        `${task} is unknown ${times} times in ${run}; killed between intent and outcome ${kills} times, and ${losses} answers were lost`,
      )
    }
  }
  return { killed, unanswered, problems }
}

/** Whether a worker was killed after it gave the store an intent, or found one, and before it knew that the outcome was there. */
function killedInBetween({ lines, killed }: Life, task: string): boolean {
  if (!killed) return false
  const asked = lines.findLastIndex(line => line.type === 'committing' && line.intents.includes(task))
  if (asked < 0) return false
  // One from before that may be heard of after it.
  const concluding = lines.slice(asked).findLast(line => line.type === 'committing' && line.concluded.includes(task))
  const known = lines.findLastIndex(
    line => concluding?.type === 'committing' && line.type === 'committed' && line.number === concluding.number,
  )
  return known < asked
}

function isLoss(line: ReturnType<typeof allLines>[number], task: string): boolean {
  return line.type === 'called' && line.task === task && (line.outcome === 'unknown' || line.outcome === 'thrown')
}
