import { revoke } from '@ipvm/ucan'
import type { Coverage } from './coverage.ts'
import type { Machine } from './machine.ts'
import type { Person } from './person.ts'
import { Random } from './random.ts'
import type { Submitter } from './submitters.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'

/** What a nemesis is made of. */
export interface NemesisParts {
  readonly seed: number
  readonly machine: Machine
  readonly person: Person
  readonly time: VirtualTime
  readonly trace: Trace
  readonly coverage: Coverage
  readonly submitters: readonly Submitter[]
}

/** Does to a machine what the world does to machines, until it is told to leave off. */
export class Nemesis {
  readonly #parts: NemesisParts
  readonly #random: Random
  #isCalm = false

  constructor(parts: NemesisParts) {
    this.#parts = parts
    this.#random = new Random(parts.seed, 'nemesis')
  }

  /** Begins; each seed has a temper of its own. */
  begin(): void {
    const random = this.#random
    const { machine } = this.#parts
    machine.trouble.rate = random.pick([0, 0.05, 0.15, 0.3, 0.5])
    this.#often(random.pick([0, 20_000, 8000, 2500]), () => this.#crash())
    this.#often(random.pick([0, 30_000, 10_000]), () => this.#troubleDisk())
    this.#often(random.pick([0, 40_000, 10_000]), () => this.#jump())
    this.#often(random.pick([0, 20_000, 8000]), () => this.#startAnother())
    this.#often(random.pick([0, 5000, 1500, 500]), () => this.#parts.person.meddle())
    this.#often(random.pick([0, 0, 25_000]), () => this.#revoke())
    this.#often(2000, () => this.#parts.person.look())
  }

  /** Leaves off: the disk is fast and has room, and nothing fails any more. */
  calm(): void {
    const { machine } = this.#parts
    this.#isCalm = true
    machine.trouble.rate = 0
    machine.disk.speed = 'fast'
    machine.disk.full = false
  }

  /** Does something again and again, after about so many milliseconds; never, where that is 0. */
  #often(milliseconds: number, what: () => void): void {
    if (milliseconds === 0) return
    this.#parts.time.after(this.#random.around(milliseconds), () => {
      if (this.#isCalm) return
      what()
      this.#often(milliseconds, what)
    })
  }

  /** One process ends, or all of them, now or in the middle of what it does next. */
  #crash(): void {
    const random = this.#random
    const { processes } = this.#parts.machine
    if (processes.length === 0) return
    const dying = random.chance(0.3) ? processes : [random.pick(processes)]
    for (const { life } of dying) {
      life.onEnd(() => this.#restart())
      const when = random.weighed({ now: 2, disk: 3, world: 4, later: 4 })
      if (when === 'now') life.end()
      else if (when !== 'later') life.endsWaitingFor = when
      else life.endAfter(random.around(30))
    }
  }

  /** After a while there is a process again. */
  #restart(): void {
    const { machine, time } = this.#parts
    time.after(this.#random.around(800), () => {
      if (machine.processes.length === 0) machine.start()
    })
  }

  #troubleDisk(): void {
    const random = this.#random
    const { disk } = this.#parts.machine
    const what = random.weighed({ slow: 3, verySlow: 2, full: 3 })
    this.#parts.trace.tell('disk', `is ${what} now`)
    this.#parts.coverage.count(`disk ${what}`)
    if (what === 'full') disk.full = true
    else disk.speed = what
    this.#parts.time.after(random.around(3000), () => {
      disk.speed = 'fast'
      disk.full = false
      this.#parts.trace.tell('disk', 'is well again')
    })
  }

  #jump(): void {
    const random = this.#random
    const { clock } = this.#parts.machine
    const by = random.weighed({ seconds: 5, minutes: 3, hours: 2 })
    const far = { seconds: 10_000, minutes: 300_000, hours: 7_200_000 }[by]
    const jump = random.around(far) * (random.chance(0.5) ? 1 : -1)
    clock.shift += jump
    clock.putBack += Math.max(0, -jump)
    this.#parts.trace.tell('clock', `jumps by ${jump}`)
    this.#parts.coverage.count('clock jumps')
  }

  /** Somebody takes back what was granted to somebody. */
  async #revoke(): Promise<void> {
    const random = this.#random
    const { machine, submitters, trace, coverage } = this.#parts
    const [process] = machine.processes
    const { name, delegations } = random.pick(submitters)
    if (!process || delegations.length === 0) return
    const delegation = random.pick(delegations)
    const issuer = submitters.find(({ signer }) => signer.did === delegation.iss)
    if (!issuer) return
    trace.tell('revokes', `${issuer.name} what ${name} has of ${delegation.cmd}`)
    coverage.count('revocations')
    const revocation = await revoke(delegation, issuer.signer)
    // A full disk does not take it, either.
    await process.store.commit({ revocations: [revocation] }).catch(() => {})
  }

  /** A second process, which finds that another one runs the workflows; or takes over where that one has gone. */
  #startAnother(): void {
    const { machine, coverage } = this.#parts
    const { processes } = machine
    const [idle] = processes.filter(({ runs }) => !runs)
    if (idle && !processes.some(({ runs }) => runs)) machine.open(idle)
    else if (processes.length < 3) {
      coverage.count('further processes')
      machine.start()
    }
  }
}
