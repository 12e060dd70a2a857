import type { Court } from './check/court.ts'
import type { Client } from './client.ts'
import type { Machine } from './machine.ts'
import type { Person } from './person.ts'
import { quiet, type VirtualTime } from './time.ts'

/** How long it may take at most until all is at rest when nothing goes wrong any more, milliseconds. */
const calmMilliseconds = 600_000

/** No workflow has a task that may take longer, milliseconds. */
const deadlineMilliseconds = 30_000

/** How often it is looked whether all is at rest, milliseconds. */
const lookMilliseconds = 20_000

/** How many clients come at once when more is to happen. */
const furtherAtOnce = 4

/** Goes on until so much time has passed, or `isOver`. */
export async function pass(time: VirtualTime, milliseconds: number, isOver: () => boolean): Promise<void> {
  const until = time.now + milliseconds
  for (;;) {
    await quiet()
    const next = time.next()
    if (isOver() || next === undefined || next > until) return
    time.advance()
  }
}

/** What comes to rest. */
export interface Resting {
  readonly time: VirtualTime
  readonly machine: Machine
  readonly person: Person
  readonly clients: readonly Client[]
  /** Those who did not come yet. */
  readonly further: Client[]
  readonly events: number
  readonly court: Court
  readonly isOver: () => boolean
}

/** Goes on without any trouble until all runs have ended; whatever waits for a person, a person looks after. */
export async function rest({ time, machine, person, clients, further, court, isOver, events }: Resting): Promise<void> {
  const { judge, ledger } = court
  const until = time.now + calmMilliseconds
  while (!isOver() && time.now < until) {
    if (!machine.processes.some(({ runs }) => runs)) revive(machine)
    const runner = machine.processes.find(({ runs }) => runs)
    await pass(time, lookMilliseconds, isOver)
    // Where nobody ran the workflows all the time, those wait until somebody does.
    if (runner?.life.alive) court.checkRest(deadlineMilliseconds)
    if (!person.settleAll() || clients.some(({ isWaiting }) => isWaiting)) continue
    if (ledger.events >= events || further.length === 0) return
    for (const client of further.splice(0, furtherAtOnce)) client.begin(machine.processes[0])
  }
  const waiting = clients.find(({ isWaiting }) => isWaiting)
  if (waiting) judge.find(`${waiting.plan.compiled.workflow.name} was submitted, and nobody answers`)
  const stuck = [...ledger.runs.values()].find(({ end }) => !end)
  if (stuck) judge.find(court.describeStuck(stuck))
}

/** Somebody runs the workflows again: who came to have the claim for a run of its own, or else anybody. */
function revive(machine: Machine): void {
  const [first] = machine.processes
  const idle = machine.processes.find(({ life }) => life === machine.disk.claimed) ?? first
  if (idle) machine.open(idle)
  else machine.start()
}

/** Every process ends when it is told to, and gives back what it holds. */
export async function close({ time, machine, court, isOver }: Pick<Resting, 'time' | 'machine' | 'court' | 'isOver'>) {
  for (const { life, runtime } of machine.processes) {
    let isClosed = false
    runtime.close().then(
      () => {
        isClosed = true
      },
      (fault: unknown) => court.judge.find(`${life.name} was told to close and says ${String(fault)}`),
    )
    await pass(time, deadlineMilliseconds, () => isOver() || isClosed)
    if (!isClosed) court.judge.find(`${life.name} was told to close, and does not`)
    if (machine.disk.claimed === life) court.judge.find(`${life.name} has closed, and has the claim still`)
  }
}
