import type { MemoryNetwork } from '@ipvm/network/memory'
import { noFaults } from '@ipvm/network/memory'
import { revoke } from '@ipvm/ucan'
import type { Coverage } from '../world/coverage.ts'
import { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/time.ts'
import type { Trace } from '../world/trace.ts'
import type { Lent } from './authority.ts'
import type { Island } from './island.ts'

/** What it has to do with. */
export interface NemesisParts {
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly coverage: Coverage
  readonly hub: MemoryNetwork
  readonly islands: readonly Island[]
  readonly lent: readonly Lent[]
}

const day = 86_400_000

/** Whatever goes wrong among islands, as a seed has it: until it is told to let them be. */
export class Nemesis {
  readonly #parts: NemesisParts
  readonly #random: Random
  #isCalm = false

  constructor(parts: NemesisParts) {
    this.#parts = parts
    this.#random = new Random(parts.seed, 'nemesis')
  }

  begin(): void {
    const random = this.#random
    const { hub, islands } = this.#parts
    hub.faults = {
      drop: random.pick([0, 0.02, 0.2]),
      duplicate: random.pick([0, 0.05, 0.3]),
      cut: random.pick([0, 0.1]),
      corrupt: random.pick([0, 0, 0.01]),
      delay: random.pick([
        [1, 5],
        [1, 300],
        [20, 3000],
      ] as const),
    }
    for (const island of islands) island.trouble.rate = random.pick([0, 0.02, 0.1])
    this.#often(random.pick([4000, 8000, 16_000]), () => this.#part())
    this.#often(random.pick([0, 6000, 12_000]), () => this.#crash())
    this.#often(random.pick([0, 15_000]), () => this.#turnClock())
    this.#often(random.pick([0, 4000, 10_000]), () => void this.#revoke())
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    const { hub, islands } = this.#parts
    this.#isCalm = true
    hub.faults = noFaults
    hub.heal()
    for (const island of islands) {
      island.trouble.rate = 0
      island.clock.shift = 0
      if (!island.inhabitant) void island.start()
    }
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

  #part(): void {
    const { hub, islands, trace, coverage, time } = this.#parts
    const groups: [string[], string[]] = [[], []]
    for (const { owner } of islands) groups[this.#random.below(2) === 0 ? 0 : 1].push(owner.signer.did)
    trace.tell('parted', groups.map(group => group.length).join(' and '))
    coverage.count('partitions')
    hub.partition(...groups)
    time.after(this.#random.around(3000), () => hub.heal())
  }

  #crash(): void {
    const island = this.#random.pick(this.#parts.islands)
    const { inhabitant } = island
    if (!inhabitant) return
    this.#parts.coverage.count('crashes')
    inhabitant.life.onEnd(() => {
      this.#parts.time.after(this.#random.around(1500), () => {
        // In calm, too: one that was to end soon may have ended only then.
        if (!island.inhabitant) void island.start()
      })
    })
    if (this.#random.chance(0.5)) inhabitant.life.end()
    else inhabitant.life.endAfter(this.#random.around(30))
  }

  /** A clock is off by up to a day, for a while. */
  #turnClock(): void {
    const { clock, owner } = this.#random.pick(this.#parts.islands)
    clock.shift = this.#random.pick([-day, -3_600_000, 3_600_000, day])
    this.#parts.trace.tell('clock', `of ${owner.name} is off by ${clock.shift}`)
    this.#parts.coverage.count('clocks off')
    this.#parts.time.after(this.#random.around(5000), () => {
      clock.shift = 0
    })
  }

  async #revoke(): Promise<void> {
    const { islands, lent, trace, coverage } = this.#parts
    const one = this.#random.pick(lent)
    const inhabitant = islands.find(({ owner }) => owner === one.from)?.inhabitant
    if (!inhabitant) return
    trace.tell('revokes', `${one.from.name} what ${one.to.name} has of ${one.delegation.cmd}`)
    coverage.count('revocations')
    const revocation = await revoke(one.delegation, one.from.signer)
    await inhabitant.store.commit({ revocations: [revocation] }).catch(() => {})
  }
}
