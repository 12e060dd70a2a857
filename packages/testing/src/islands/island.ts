import { openNetwork, type IncomingRequest, type Network } from '@ipvm/network'
import { memoryTransport, type MemoryNetwork } from '@ipvm/network/memory'
import { Runtime } from '@ipvm/runtime'
import { Service, type Wallet } from '@ipvm/service'
import { openMemoryStore } from '@ipvm/store/memory'
import type { Change, Store } from '@ipvm/store'
import { covers, VerifiedTokens } from '@ipvm/ucan'
import type { Coverage } from '../world/coverage.ts'
import { SimulatedDisk } from '../world/disk.ts'
import { simulatedEffects, type Witness } from '../world/effects.ts'
import { simulatedGuest } from '../world/guest.ts'
import type { Host, Trouble } from '../world/host.ts'
import { Life } from '../world/life.ts'
import { Random } from '../world/random.ts'
import { simulatedSeal } from '../world/seal.ts'
import { Services } from '../world/services.ts'
import { simulatedStore } from '../world/store.ts'
import type { VirtualTime } from '../world/time.ts'
import type { Trace } from '../world/trace.ts'
import { SimulatedWorld, type Clock } from '../world/world.ts'
import { heldBy, type Lent } from './authority.ts'
import { lyingAnswer, lyingBlock } from './lies.ts'
import type { IslandBug } from './bugs.ts'
import type { Islander } from './people.ts'

/** What lives on an island, as long as it does. */
export interface Inhabitant {
  readonly life: Life
  readonly store: Store
  readonly runtime: Runtime
  readonly service: Service
  network: Network | undefined
}

/** Of what an island is made. */
export interface IslandParts {
  readonly seed: number
  readonly owner: Islander
  readonly time: VirtualTime
  readonly trace: Trace
  readonly coverage: Coverage
  readonly hub: MemoryNetwork
  readonly lent: readonly Lent[]
  /** How often its answers are lies. */
  readonly lies: number
  readonly bug: IslandBug
  /** Told of a request that was answered and not refused, and when it came. */
  readonly onAnswered: (request: IncomingRequest, at: number) => void
  readonly onDurable: (change: Change) => void
  readonly onFault: (problem: string) => void
}

/** 2026-01-01T00:00:00Z, milliseconds. */
const start = 1_767_225_600_000

/** A node among others: a disk, a clock, and the process that lives there, if one does. */
export class Island {
  readonly owner: Islander
  readonly clock: Clock = { start, shift: 0, putBack: 0 }
  readonly trouble: Trouble = { rate: 0 }
  readonly services = new Services()
  readonly disk: SimulatedDisk
  /** What is there for good. */
  readonly base: Store
  readonly #parts: IslandParts
  #born = 0
  #inhabitant: Inhabitant | undefined

  constructor(parts: IslandParts) {
    const { seed, owner, time, trace, coverage, onDurable, bug } = parts
    this.#parts = parts
    this.owner = owner
    this.base = openMemoryStore({ now: () => Math.floor(this.now / 1000) })
    this.disk = new SimulatedDisk({
      ...{ time, trace, base: this.base, faults: bug.disk ?? {}, random: new Random(seed, `disk ${owner.name}`) },
      count: (what, times) => coverage.count(what, times),
      onDurable,
    })
  }

  /** The time on its clock, milliseconds since 1970. */
  get now(): number {
    return start + this.clock.shift + this.#parts.time.now
  }

  /** Who lives there now. */
  get inhabitant(): Inhabitant | undefined {
    return this.#inhabitant?.life.alive ? this.#inhabitant : undefined
  }

  /** Starts a process, which goes on with what the disk has and goes to the others. */
  async start(): Promise<Inhabitant> {
    const life = new Life(`${this.owner.name} ${++this.#born}`)
    this.#parts.trace.tell('start', life.name)
    life.onEnd(() => this.#parts.trace.tell('crash', life.name))
    const inhabitant = this.#make(life)
    this.#inhabitant = inhabitant
    const opened = await inhabitant.runtime.open()
    if ('error' in opened) this.#parts.onFault(`${life.name} cannot open: ${opened.error.message}`)
    if (life.alive) await this.#open(inhabitant)
    return inhabitant
  }

  #make(life: Life): Inhabitant {
    const { seed, owner, time, coverage, onFault, bug } = this.#parts
    const host: Host = {
      ...{ life, time, coverage, trouble: this.trouble, random: new Random(seed, `host ${life.name}`) },
      onCrowd: onFault,
    }
    const simulated = simulatedStore(this.disk, life)
    const store = bug.store?.(simulated) ?? simulated
    const world = new SimulatedWorld({ time, clock: this.clock, life, random: new Random(seed, `world ${life.name}`) })
    const verified = new VerifiedTokens()
    const service: Service = new Service({
      ...{ signer: owner.signer, store, world, verified, open: [], wallet: this.#wallet() },
      runtime: () => runtime,
      log: line => this.#parts.trace.tell('log', `${life.name} ${line}`),
    })
    const runtime: Runtime = new Runtime({
      ...{ store, world, signer: owner.signer, verified, seal: simulatedSeal, others: service.others },
      commands: { '/wasm/run': simulatedGuest(host) },
      effects: simulatedEffects({ host, services: this.services, witness: silent }),
      onDoubt: (_, problem) => coverage.count(`doubts: ${problem.replace(/\S{20,}/g, '…')}`),
    })
    return { life, store, runtime, service, network: undefined }
  }

  async #open(inhabitant: Inhabitant): Promise<void> {
    const { hub, owner, seed, lies, bug } = this.#parts
    const { life, service } = inhabitant
    const random = new Random(seed, `lies ${life.name}`)
    const { signer } = owner
    const answer = life.bound(async (request: IncomingRequest) => {
      const at = this.#parts.time.now
      const answered = await service.answer(request)
      if ('ok' in answered) this.#parts.onAnswered(request, at)
      return answered
    })
    const network = await openNetwork({
      world: new SimulatedWorld({
        ...this.#parts,
        clock: this.clock,
        life,
        random: new Random(seed, `net ${life.name}`),
      }),
      transports: [
        host => {
          const transport = memoryTransport(hub, { name: owner.name, did: signer.did })(host)
          life.onEnd(() => void Promise.resolve(transport).then(one => one.close()))
          return transport
        },
      ],
      answer: lyingAnswer(bug.answer?.(answer) ?? answer, signer, random, lies),
      mayHear: owner.isLiar ? () => true : service.mayHear,
      block: lyingBlock(life.bound(service.block), random, lies),
      log: (line, cause) => this.#parts.trace.tell('network', `${life.name} ${line} ${String(cause ?? '')}`),
    })
    inhabitant.network = network
    service.open(network)
  }

  #wallet(): Wallet {
    const { lent, owner } = this.#parts
    return { proofs: async (sub, cmd) => heldBy(lent, owner, sub, held => covers(held, cmd)) }
  }
}

const silent: Witness = { called: () => {}, answered: () => {}, probed: () => {} }
