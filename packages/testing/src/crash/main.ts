import { parseArgs } from 'node:util'
import { randomBytes } from 'node:crypto'
import type { KillPoint } from './kill-point.ts'
import { plants } from './plant.ts'
import { scenario } from './scenario.ts'
import { startServer } from './server/start.ts'
import { nothing, together, type Tally } from './tally.ts'
import { runTrial, type Verdict } from './trial.ts'

// npm run crash -- --runs 1000 --seed S --jobs 3 [--only N] [--plant "lost intent"]

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    jobs: { type: 'string', default: '3' },
    only: { type: 'string' },
    plant: { type: 'string' },
  },
})
const { seed } = values
const plant = plants.find(known => known === values.plant)
if (values.plant !== undefined && !plant) throw new Error(`--plant is one of: ${plants.join(', ')}`)
const numbers = values.only ? [Number(values.only)] : Array.from({ length: Number(values.runs) }, (_, i) => i)

const began = performance.now()
const server = await startServer()
let figures = nothing
let failed = 0
let next = 0
let done = 0
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
await server.stop()
console.log(summary(figures, numbers.length, failed, performance.now() - began))
process.exitCode = failed > 0 ? 1 : 0

async function work(): Promise<void> {
  for (let number = numbers[next++]; number !== undefined; number = numbers[next++]) {
    const verdict = await runTrial(scenario(seed, number), { server, ...(plant && { plant }) })
    figures = together(figures, verdict.tally)
    done += 1
    if (done % 100 === 0) console.log(`${done} of ${numbers.length}, ${failed} went wrong`)
    if (verdict.problems.length === 0) continue
    failed += 1
    console.log(complaint(verdict, number))
  }
}

function complaint({ scenario: { lives }, problems, kept }: Verdict, number: number): string {
  const kills = lives.map(({ kill, rival }) =>
    [textOf(kill), ...(rival ? [`beside one ${textOf(rival.kill)}`] : [])].join(' '),
  )
  const again = `npm run crash -- --seed ${seed} --only ${number}${plant ? ` --plant "${plant}"` : ''}`
  return [`run ${number} (killed ${kills.join('; ')}; store in ${kept}):`, ...problems, `again: ${again}`, ''].join(
    '\n',
  )
}

function textOf(kill: KillPoint | undefined): string {
  return kill ? Object.values(kill).join(' ') : 'that lives'
}

function summary(all: Tally, runs: number, wrong: number, milliseconds: number): string {
  const kills = Object.values(all.kills).reduce((sum, times) => sum + times, 0)
  return [
    `seed ${seed}: ${runs} runs with ${all.runs} workflows, ${Math.round(milliseconds / 1000)} s`,
    `${kills} kills (${all.unharmed} runs had ended before theirs), ${all.takenOver} taken over by another node`,
    ...Object.entries(all.kills)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([at, times]) => `  ${at}: ${times}`),
    `${all.acknowledged} receipts acknowledged, ${all.done} mutations done, ${all.resent} resent under the same key`,
    `${all.unknown} listed as unknown (killed between intent and outcome), ${all.unanswered} (answer lost); ${all.retried} retried by a person`,
    wrong === 0 ? 'lost 0, doubled 0' : `${wrong} runs went wrong`,
  ].join('\n')
}
