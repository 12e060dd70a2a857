import { openMemoryStore } from '@ipvm/store/memory'
import { Runtime } from '@ipvm/runtime'
import type { Change, Store } from '@ipvm/store'
import { VerifiedTokens } from '@ipvm/ucan'
import { bob } from '../people.ts'
import type { Court } from './check/court.ts'
import type { Ledger } from './check/ledger.ts'
import type { Coverage } from './coverage.ts'
import { SimulatedDisk } from './disk.ts'
import { simulatedEffects } from './effects.ts'
import { simulatedGuest } from './guest.ts'
import type { Host, Trouble } from './host.ts'
import { Life } from './life.ts'
import { Random } from './random.ts'
import type { Services } from './services.ts'
import { simulatedSeal } from './seal.ts'
import { simulatedStore } from './store.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'
import { SimulatedWorld, type Clock } from './world.ts'
import type { Bug } from './bugs.ts'

/** A process on the machine. */
export interface Process {
  readonly life: Life
  readonly runtime: Runtime
  readonly store: Store
  /** Whether it runs the workflows; the others accept and ask. */
  runs: boolean
}

/** What a machine is made of. */
export interface MachineParts {
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly court: Court
  readonly coverage: Coverage
  readonly services: Services
  readonly bug: Bug
}

/** 2026-01-01T00:00:00Z, milliseconds. */
const start = 1_767_225_600_000

/** A machine with a disk, a clock, and the processes that come and go on it. */
export class Machine {
  readonly clock: Clock = { start, shift: 0, putBack: 0 }
  readonly trouble: Trouble = { rate: 0 }
  readonly disk: SimulatedDisk
  readonly #parts: MachineParts
  readonly #processes: Process[] = []
  readonly #onStart: ((process: Process) => void)[] = []
  /** Of all its processes: to check signatures takes time, and none of them is in doubt here. */
  readonly #verified = new VerifiedTokens()
  #born = 0

  constructor(parts: MachineParts) {
    const { seed, time, trace, court, coverage, bug } = parts
    this.#parts = parts
    const now = () => Math.floor((start + this.clock.shift + time.now) / 1000)
    this.disk = new SimulatedDisk({
      time,
      trace,
      random: new Random(seed, 'disk'),
      base: openMemoryStore({ now }),
      faults: bug.disk ?? {},
      count: (what, times) => coverage.count(what, times),
      onDurable: (change, owner) => {
        coverage.committed(change)
        court.committed(change)
        traceChange(trace, court.ledger, change, owner)
      },
    })
  }

  /** The time on its clock, milliseconds since 1970. */
  get now(): number {
    return start + this.clock.shift + this.#parts.time.now
  }

  /** The processes that live; who runs the workflows comes first. */
  get processes(): readonly Process[] {
    const living = this.#processes.filter(({ life }) => life.alive)
    return living.toSorted((a, b) => Number(b.runs) - Number(a.runs))
  }

  onStart(callback: (process: Process) => void): void {
    this.#onStart.push(callback)
  }

  /** Starts a process, which takes the claim where it is free. */
  start(): void {
    const { trace, coverage } = this.#parts
    const life = new Life(`p${++this.#born}`)
    const process = this.#make(life)
    this.#processes.splice(0, this.#processes.length, ...this.processes, process)
    coverage.count('starts')
    trace.tell('start', life.name)
    life.onEnd(() => {
      trace.tell('crash', `${life.name} after ${life.steps} steps`)
      coverage.count('crashes')
    })
    this.open(process)
  }

  /** Lets a process take the claim, if nobody has it. */
  open(process: Process): void {
    const { trace, court } = this.#parts
    process.runtime.open().then(
      opened => {
        process.runs = 'ok' in opened
        trace.tell('open', `${process.life.name} ${'ok' in opened ? opened.ok.length : opened.error.name}`)
        for (const callback of this.#onStart) callback(process)
      },
      (fault: unknown) => court.judge.find(`${process.life.name} cannot open: ${String(fault)}`),
    )
  }

  #make(life: Life): Process {
    const { seed, time, services, court, coverage, bug } = this.#parts
    const host: Host = {
      life,
      time,
      random: new Random(seed, `host ${life.name}`),
      trouble: this.trouble,
      coverage,
      onCrowd: problem => court.judge.find(problem),
    }
    const plain = simulatedStore(this.disk, life)
    const store = bug.store?.(plain) ?? plain
    const effects = simulatedEffects({ host, services, witness: court })
    const random = new Random(seed, `world ${life.name}`)
    const runtime = new Runtime({
      store,
      signer: bob,
      seal: simulatedSeal,
      world: new SimulatedWorld({ time, clock: this.clock, life, random }),
      commands: { '/wasm/run': simulatedGuest(host) },
      effects: effects.map(effect => bug.effect?.(effect) ?? effect),
      verified: this.#verified,
      onDoubt: (receipt, problem) => court.judge.find(`${life.name} doubts the receipt ${receipt}: ${problem}`),
    })
    return { life, runtime, store, runs: false }
  }
}

/** A line for each entry that came to the disk. */
function traceChange(trace: Trace, ledger: Ledger, { journal = [], runStarted }: Change, owner: string): void {
  if (runStarted) trace.tell('run', `${runStarted.name} by ${owner}`)
  for (const { seq, event, run } of journal) {
    const parts = [ledger.run(run)?.start.name, seq, event.type, 'label' in event && event.label]
    const more = ['how' in event && event.how, 'end' in event && event.end, 'labels' in event && event.labels.join()]
    trace.tell('entry', [...parts, ...more, owner].filter(part => part !== false).join(' '))
  }
}
