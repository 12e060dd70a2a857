import { noBug, type Bug } from './bugs.ts'
import { Court } from './check/court.ts'
import { Client, type ClientParts } from './client.ts'
import { Coverage } from './coverage.ts'
import { generate } from './generate.ts'
import { Machine } from './machine.ts'
import { Nemesis } from './nemesis.ts'
import { Person } from './person.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'
import { close, pass, rest } from './rest.ts'
import { Services } from './services.ts'
import { submitters as allSubmitters } from './submitters.ts'
import { VirtualTime } from './time.ts'
import { Trace } from './trace.ts'

/** What is simulated. */
export interface SimulationOptions {
  readonly seed: number
  readonly bug?: Bug
  /** Whether the lines of the trace are kept. */
  readonly traces?: boolean
  /** How many events at least; {@link eventsMin} by default. */
  readonly events?: number
}

/** What came of a simulation. */
export interface Simulated {
  readonly seed: number
  /** What was found wrong; nothing where all was right. */
  readonly problem?: string
  /** Two simulations of one seed have the same. */
  readonly hash: string
  /** What came to the disk: entries of journals, and receipts. */
  readonly events: number
  readonly coverage: Readonly<Record<string, number>>
  readonly trace: readonly string[]
}

/** How many events a simulation has at least. */
export const eventsMin = 1000

/** How many events come of a task that is not refused, about; in good times, and at least. */
const eventsOfTask = { usual: 2.3, least: 0.7 } as const
/** How long it goes badly, milliseconds. */
const troubleMilliseconds = 40_000

const people = allSubmitters()

/** Lets a node live through what a seed has for it, and says what was found wrong. */
export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const faults: unknown[] = []
  const onFault = (fault: unknown) => void faults.push(fault)
  // A rejection that nobody handles ends a process of Node.
  process.on('unhandledRejection', onFault)
  try {
    return await live(options, faults)
  } finally {
    process.off('unhandledRejection', onFault)
  }
}

async function live(options: SimulationOptions, faults: unknown[]): Promise<Simulated> {
  const { seed, bug = noBug, traces = false, events = eventsMin } = options
  const time = new VirtualTime()
  const trace = new Trace(() => time.now, traces)
  const coverage = new Coverage()
  const services = new Services()
  const submitters = await people
  const around = { random: new Random(seed, 'workflows'), submitters, foreign: [] }
  const plans = await generate({ ...around, undoes: bug.withoutUndo !== true }, Math.ceil(events / eventsOfTask.least))
  const court = new Court(plans, services, () => time.now)
  const machine = new Machine({ seed, time, trace, court, coverage, services, bug })
  const parts = { machine, court, coverage, trace, time }
  const clients = clientsOf(plans, { ...parts, bug, random: new Random(seed, 'clients') })
  const person = new Person({ ...parts, random: new Random(seed, 'person') })
  const nemesis = new Nemesis({ ...parts, seed, person, submitters })
  const { judge, ledger } = court
  const isOver = () => {
    if (faults.length > 0) judge.find(`nobody handles ${faults[0] instanceof Error ? faults[0].stack : faults[0]}`)
    return judge.verdict !== undefined
  }
  // Those that are left come later, if they are needed; some that others await never come.
  const usual = firstClients(clients, events / eventsOfTask.usual)
  const arrivals = new Random(seed, 'arrivals')
  for (const client of usual) {
    time.after(arrivals.below(troubleMilliseconds), () => client.begin(machine.processes[0]))
  }
  machine.start()
  nemesis.begin()
  await pass(time, troubleMilliseconds, isOver)
  nemesis.calm()
  const further = clients.slice(usual.length)
  await rest({ time, machine, person, clients, further, court, isOver, events })
  await close({ time, machine, court, isOver })
  court.finish()
  return {
    seed,
    ...(judge.verdict !== undefined && { problem: judge.verdict }),
    ...{ hash: trace.hash, events: ledger.events, coverage: coverage.counts, trace: trace.lines },
  }
}

/** A client for each workflow, which submits it when it is told to. */
function clientsOf(plans: readonly Plan[], parts: ClientsParts): readonly Client[] {
  const { machine, bug, random } = parts
  const clients = plans.map(plan => {
    const isNode = bug.signsForStrangers === true && random.chance(0.5)
    return new Client({ ...parts, plan, isNode })
  })
  machine.onStart(process => {
    for (const client of clients) client.resume(process)
  })
  return clients
}

interface ClientsParts extends Omit<ClientParts, 'plan' | 'isNode'> {
  readonly machine: Machine
  readonly bug: Bug
}

/** The first clients whose workflows have so many tasks that are not refused. */
function firstClients(clients: readonly Client[], tasks: number): readonly Client[] {
  let left = tasks
  return clients.filter(({ plan }) => {
    const isNeeded = left > 0
    if (plan.refusals.length === 0) left -= plan.tasks.size
    return isNeeded
  })
}
