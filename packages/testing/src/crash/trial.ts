import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { lost } from './check/acknowledged.ts'
import { arrivalProblems } from './check/arrivals.ts'
import type { Evidence } from './check/evidence.ts'
import { journalProblems } from './check/journal.ts'
import { outcomeProblems } from './check/outcome.ts'
import { putProblems } from './check/puts.ts'
import { standstill } from './check/standstill.ts'
import { doubts } from './check/unknown.ts'
import { Person } from './person.ts'
import type { Plant } from './plant.ts'
import type { DoomedLife, Scenario } from './scenario.ts'
import type { RunningServer } from './server/start.ts'
import { nothing, tally, type Tally } from './tally.ts'
import { live, type EndedLife } from './worker/start.ts'
import { submissions, type Submission } from './workflows/submission.ts'

/** How a trial went. */
export interface Verdict {
  readonly scenario: Scenario
  /** Sentences; none where nothing was lost nor doubled. */
  readonly problems: readonly string[]
  readonly tally: Tally
  /** The folder of the store, where something is wrong with it and it is kept. */
  readonly kept?: string
}

/** What trials run in. */
export interface Surroundings {
  readonly server: RunningServer
  readonly plant?: Plant
}

/** Runs a trial: kills the node as planned, lets it live to the end at last, and judges. */
export async function runTrial(scenario: Scenario, surroundings: Surroundings): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-crash-'))
  const trial = new Trial(scenario, surroundings, join(folder, 'store.sqlite'), await submissions(scenario.seed))
  const { problems, figures } = await trial.run()
  if (problems.length > 0) return { scenario, problems, tally: figures, kept: folder }
  await rm(folder, { recursive: true })
  return { scenario, problems, tally: figures }
}

/** The life that ends when all is done. */
const wholeLife = { isJudged: true, isAnswered: true }

class Trial {
  readonly #scenario: Scenario
  readonly #surroundings: Surroundings
  readonly #path: string
  readonly #submissions: readonly Submission[]
  readonly #person: Person
  readonly #lives: EndedLife[] = []
  readonly #problems: string[] = []

  constructor(scenario: Scenario, surroundings: Surroundings, path: string, asked: readonly Submission[]) {
    this.#scenario = scenario
    this.#surroundings = surroundings
    this.#path = path
    this.#submissions = asked
    this.#person = new Person(path, surroundings.server, asked)
  }

  async run(): Promise<{ readonly problems: readonly string[]; readonly figures: Tally }> {
    for (const life of [...this.#scenario.lives, wholeLife]) {
      const goesOn = await this.#live(life)
      if (!goesOn || this.#problems.length > 0) break
    }
    if (this.#problems.length === 0) await this.#judge(outcomeProblems)
    let figures = nothing
    await this.#judge(async evidence => {
      figures = tally(evidence, await doubts(evidence))
      return []
    })
    return { problems: this.#problems, figures }
  }

  /** Whether everyone was killed who was there. */
  async #live({ kill, rival, isAnswered, isJudged }: Partial<DoomedLife>): Promise<boolean> {
    const { server, plant } = this.#surroundings
    const orders = { store: this.#path, server: server.url, seed: this.#scenario.seed, ...(plant && { plant }) }
    const kills = rival ? [kill, rival.kill] : [kill]
    const spent = kills.map(point =>
      live({ ...orders, ...(point && { kill: point }) }, line => {
        this.#person.hear(line, isAnswered ? 'at once' : 'when parked')
      }),
    )
    const lives = await Promise.all(spent)
    await this.#person.done()
    this.#lives.push(...lives)
    const faults = lives.flatMap(({ fault }) => (fault === undefined ? [] : [fault]))
    if (faults.length > 0) {
      this.#problems.push(...faults)
      await this.#judge(standstill)
    }
    const areKilled = lives.every(({ killed }) => killed)
    if (isJudged || !areKilled) await this.#judge(lasting)
    return areKilled
  }

  async #judge(look: (evidence: Evidence) => Promise<readonly string[]>): Promise<void> {
    const store = openSqliteStore(this.#path)
    try {
      const arrivals = await this.#surroundings.server.log(`${this.#scenario.seed}/`)
      const [lives, retried] = [this.#lives, this.#person.retried]
      this.#problems.push(...(await look({ store, submissions: this.#submissions, lives, arrivals, retried })))
    } finally {
      await store.close()
    }
  }
}

/** What has to hold at any time: sentences about what does not. */
export async function lasting(evidence: Evidence): Promise<readonly string[]> {
  const { problems } = await doubts(evidence)
  const found = [
    await lost(evidence),
    await journalProblems(evidence),
    await arrivalProblems(evidence),
    await putProblems(evidence),
  ]
  return [...found.flat(), ...problems]
}
