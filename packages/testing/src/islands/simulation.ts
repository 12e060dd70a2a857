import { memoryHub } from '@ipvm/network/memory'
import { Coverage } from '../world/coverage.ts'
import { Judge } from '../world/check/judge.ts'
import { Random } from '../world/random.ts'
import { pass } from '../world/rest.ts'
import { VirtualTime } from '../world/time.ts'
import { Trace } from '../world/trace.ts'
import { lend, type Lent } from './authority.ts'
import { noIslandBug, type IslandBug } from './bugs.ts'
import { contradictionsIn } from './check/contradictions.ts'
import { Ocean } from './check/ocean.ts'
import { Revocations } from './check/revocations.ts'
import { Island } from './island.ts'
import { Nemesis } from './nemesis.ts'
import { islanders as everyone, type Islander } from './people.ts'
import { Visitor } from './visitor.ts'
import { errands } from './workload.ts'

/** What came of a simulation of islands. */
export interface SimulatedIslands {
  readonly seed: number
  /** What was found wrong; nothing where all was right. */
  readonly problem?: string
  /** Two simulations of one seed have the same. */
  readonly hash: string
  /** How many receipts came to disks. */
  readonly events: number
  readonly coverage: Readonly<Record<string, number>>
  readonly trace: readonly string[]
}

/** How long it goes badly, milliseconds. */
const troubleMilliseconds = 30_000

/** How long it may take at most until all is at rest when nothing goes wrong any more, milliseconds. */
const calmMilliseconds = 7_200_000

/** How often it is looked whether all is at rest, milliseconds. */
const lookMilliseconds = 15_000

/**
 * How long it may take until one has closed, milliseconds: a mutation cannot be called off, and what another one has it do
 * takes up to five minutes.
 */
const closeMilliseconds = 330_000

const lentByAll = lend(everyone)

/** Which islands, and what was planted in them. */
export interface SimulateIslandsOptions {
  readonly seed: number
  readonly traces?: boolean
  readonly bug?: IslandBug
}

/** Lets nodes that ask each other live through what a seed has for them, and says what was found wrong. */
export async function simulateIslands({ seed, traces = false, bug = noIslandBug }: SimulateIslandsOptions) {
  const faults: unknown[] = []
  const onFault = (fault: unknown) => void faults.push(fault)
  process.on('unhandledRejection', onFault)
  try {
    return await new Archipelago({ seed, traces, bug }, await lentByAll, faults).live()
  } finally {
    process.off('unhandledRejection', onFault)
  }
}

class Archipelago {
  readonly #seed: number
  readonly #time = new VirtualTime()
  readonly #trace: Trace
  readonly #coverage = new Coverage()
  readonly #judge = new Judge()
  readonly #ocean: Ocean
  readonly #calm: number
  readonly #revocations: Revocations
  readonly #trusted: readonly Islander[]
  readonly #islands: readonly Island[]
  readonly #nemesis: Nemesis
  readonly #faults: readonly unknown[]
  readonly #liars: ReadonlySet<string>

  constructor(options: Required<SimulateIslandsOptions>, all: readonly Lent[], faults: readonly unknown[]) {
    const { seed, traces, bug } = options
    this.#seed = seed
    this.#faults = faults
    this.#calm = bug.calm ?? calmMilliseconds
    this.#trace = new Trace(() => this.#time.now, traces)
    const random = new Random(seed, 'islands')
    const honest = everyone.filter(({ isLiar }) => !isLiar).slice(0, random.between(2, 4))
    const people = random.chance(0.6) ? [...honest, ...everyone.filter(({ isLiar }) => isLiar)] : honest
    this.#liars = new Set(people.filter(({ isLiar }) => isLiar).map(({ signer }) => signer.did))
    // In some seeds Mallory is trusted by all, and lies.
    this.#trusted = random.chance(0.25) ? people : honest
    const lent = all.filter(({ from, to }) => people.includes(from) && people.includes(to))
    this.#ocean = new Ocean(this.#judge, people, lent, this.#trusted)
    this.#revocations = new Revocations(this.#judge, lent, () => this.#time.now)
    const hub = memoryHub({ world: worldOf(this.#time), random: new Random(seed, 'network') })
    const parts = { seed, time: this.#time, trace: this.#trace, coverage: this.#coverage, hub, lent }
    this.#islands = people.map(
      owner =>
        new Island({
          ...{ ...parts, owner, bug, onFault: problem => this.#judge.find(problem) },
          lies: owner.isLiar ? 0.7 : 0,
          onDurable: change => {
            this.#coverage.committed(change)
            this.#ocean.committed(owner, change)
            this.#revocations.committed(owner, change)
          },
          onAnswered: (request, at) => void this.#revocations.answered(owner, request, at),
        }),
    )
    this.#nemesis = new Nemesis({ ...parts, islands: this.#islands })
  }

  async live(): Promise<SimulatedIslands> {
    const people = this.#islands.map(({ owner }) => owner)
    const drawn = await errands(new Random(this.#seed, 'errands'), people, 24, troubleMilliseconds)
    const visitors = drawn.map(errand => {
      const island = this.#islands.find(({ owner }) => owner === errand.owner)
      if (!island) throw new Error('an errand has an owner')
      return new Visitor(errand, island, problem => this.#judge.find(problem))
    })
    let isUp = false
    void this.#start().then(() => {
      isUp = true
    })
    await pass(this.#time, troubleMilliseconds, () => isUp || this.#isOver())
    for (const visitor of visitors) this.#time.after(visitor.errand.at, () => visitor.begin())
    this.#nemesis.begin()
    await pass(this.#time, troubleMilliseconds, this.#isOver)
    this.#nemesis.calm()
    await this.#rest(visitors)
    for (const { errand, ended } of visitors) if (ended) this.#ocean.ended(errand, ended, this.#liars)
    await this.#findContradictions()
    await this.#close()
    const problem = this.#judge.verdict
    return {
      ...{ seed: this.#seed, hash: this.#trace.hash, events: this.#ocean.receipts },
      ...{ coverage: { ...this.#coverage.counts, ...this.#looked() }, trace: this.#trace.lines },
      ...(problem !== undefined && { problem }),
    }
  }

  /** All trust those who keep to what they say; and Mallory, in some seeds. */
  async #start(): Promise<void> {
    const trusted = this.#trusted.map(({ signer }) => signer.did)
    for (const island of this.#islands) {
      await island.base.commit({ trusted })
      await island.start()
    }
  }

  async #rest(visitors: readonly Visitor[]): Promise<void> {
    const until = this.#time.now + this.#calm
    let left: string | undefined
    while (!this.#isOver() && this.#time.now < until) {
      for (const visitor of visitors) visitor.resume()
      await pass(this.#time, lookMilliseconds, this.#isOver)
      const waiting = visitors.filter(({ isWaiting }) => isWaiting)
      left = waiting[0] ? `e${waiting[0].errand.number} does not end` : await this.#ocean.converged(this.#islands)
      if (left === undefined) return
    }
    if (left === undefined || this.#isOver()) return
    let waitsFor = ''
    const stuck = visitors.find(({ isWaiting }) => isWaiting)
    void stuck?.waitsFor().then(told => {
      waitsFor = told
    })
    // It is looked up on a disk that takes its time.
    await pass(this.#time, lookMilliseconds, this.#isOver)
    this.#judge.find(`all is calm, and ${left} ${waitsFor}`)
  }

  async #findContradictions(): Promise<void> {
    for (const { base, owner } of this.#islands) {
      if (owner.isLiar) continue
      const { found, problem } = await contradictionsIn(base, owner.signer.did)
      this.#coverage.count('contradictions', found)
      if (problem !== undefined) this.#judge.find(`${owner.name} ${problem}`)
    }
  }

  /** How much there was to be looked at. */
  #looked() {
    return { travelled: this.#ocean.travelled, 'done for others': this.#revocations.looked }
  }

  async #close(): Promise<void> {
    for (const { inhabitant } of this.#islands) {
      if (!inhabitant) continue
      let isClosed = false
      const closing = inhabitant.service.close().then(() => inhabitant.runtime.close())
      closing.then(
        () => {
          isClosed = true
        },
        (fault: unknown) => this.#judge.find(`${inhabitant.life.name} was told to close and says ${String(fault)}`),
      )
      await pass(this.#time, closeMilliseconds, () => this.#isOver() || isClosed)
      if (!isClosed) this.#judge.find(`${inhabitant.life.name} was told to close, and does not`)
    }
  }

  readonly #isOver = (): boolean => {
    const [fault] = this.#faults
    if (fault !== undefined) this.#judge.find(`nobody handles ${fault instanceof Error ? fault.stack : fault}`)
    return this.#judge.verdict !== undefined
  }
}

/** The time of what travels. */
function worldOf(time: VirtualTime) {
  return {
    now: () => 1_767_225_600 + Math.floor(time.now / 1000),
    milliseconds: () => time.now,
    after: (milliseconds: number, callback: () => void) => time.after(milliseconds, callback),
    random: (count: number) => new Uint8Array(count),
  }
}
