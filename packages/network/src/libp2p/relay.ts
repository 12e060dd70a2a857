import {
  circuitRelayServer,
  circuitRelayTransport,
  RELAY_V2_HOP_CODEC,
  type CircuitRelayServerComponents,
  type CircuitRelayService,
  type CircuitRelayTransportComponents,
} from '@libp2p/circuit-relay-v2'
import type { PeerId, Transport } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { never, withDeadline } from '../deadline.ts'
import {
  reconnectWaits,
  relayBytesMax,
  relayCheckEvery,
  relayMillisecondsMax,
  relayReservationsMax,
} from '../limits.ts'
import type { NetworkWorld } from '../world.ts'
import { gated, type Gate } from './gate.ts'

type Listener = ReturnType<Transport['createListener']>

const reservationWithin = 10_000

/** How long a relay may take to say that it is one, milliseconds. */
const identifyWithin = 2000

/** Relays are those that this node was told of: none is to be looked for. */
const nobody = { has: () => true, add: () => {}, remove: () => {} }

/** Relays for those who are admitted; what one connection may take through it is limited. */
export function relayServer(gate: Gate): (components: CircuitRelayServerComponents) => CircuitRelayService {
  const open = circuitRelayServer({
    reservations: {
      maxReservations: relayReservationsMax,
      defaultDataLimit: BigInt(relayBytesMax),
      defaultDurationLimit: relayMillisecondsMax,
    },
  })
  return components => open(gated(components, gate))
}

/** Whether an address to listen at is one at a relay. */
export function isAtRelay(address: string): boolean {
  return address.endsWith('/p2p-circuit')
}

/**
 * Our places at relays. libp2p makes a reservation once and does not come back to a relay that was lost (js-libp2p#3601),
 * so each is looked after here: where it is gone it is made again, after waits that grow.
 */
export class Places {
  readonly #world: NetworkWorld
  #components: CircuitRelayTransportComponents | undefined
  /** Relays are listened at one after another, so that it is known which listener is whose. */
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(world: NetworkWorld) {
    this.#world = world
  }

  /** The transport through relays, for who dials and who is dialled. */
  transport(gate: Gate): (components: CircuitRelayTransportComponents) => Transport {
    const open = circuitRelayTransport({ reservationCompletionTimeout: reservationWithin, discoveryFilter: nobody })
    return components => {
      this.#components = components
      return open(gated(components, gate))
    }
  }

  /** Keeps a place at a relay from now on; resolves when it was first tried. */
  async keep(address: string): Promise<void> {
    const listener = await this.#listen(address)
    void this.#look(address, listener)
  }

  close(): void {
    this.#isClosed = true
  }

  async #look(address: string, first: Listener | undefined): Promise<void> {
    const [shortest, longest] = reconnectWaits
    let listener = first
    let wait: number = shortest
    while (!this.#isClosed) {
      const isThere = (listener?.getAddrs().length ?? 0) > 0
      const share = (this.#world.random(1)[0] ?? 0) / 255
      await this.#sleep(isThere ? relayCheckEvery : wait * (0.5 + share / 2))
      wait = isThere ? shortest : Math.min(longest, wait * 2)
      if (this.#isClosed || isThere) continue
      if (!listener) listener = await this.#listen(address)
      else if (await this.#isRelay(address)) await listener.listen(multiaddr(address)).catch(() => undefined)
    }
  }

  /** The listener of a relay, whether it could be reached or not. */
  #listen(address: string): Promise<Listener | undefined> {
    const made = this.#last.then(async () => {
      const manager = this.#components?.transportManager
      if (!manager || this.#isClosed || !(await this.#isRelay(address))) return undefined
      const before = new Set(manager.getListeners())
      await manager.listen([multiaddr(address)]).catch(() => undefined)
      return manager.getListeners().find(one => !before.has(one))
    })
    this.#last = made
    return made
  }

  /** Whether it is there and relays. To listen at one that does not would be the last time: libp2p remembers that. */
  async #isRelay(address: string): Promise<boolean> {
    const components = this.#components
    if (!components) return false
    const waiting = { within: reservationWithin, signal: never }
    const ended = await withDeadline(this.#world, waiting, async signal => {
      try {
        const relay = multiaddr(address).decapsulate('/p2p-circuit')
        const { remotePeer } = await components.connectionManager.openConnection(relay, { signal })
        return await this.#says(components, remotePeer)
      } catch {
        return false
      }
    })
    return 'done' in ended && ended.done
  }

  /** Whether a peer says of itself that it relays, as soon as it has said what it does. */
  async #says({ events, peerStore }: CircuitRelayTransportComponents, id: PeerId): Promise<boolean> {
    const says = async () => (await peerStore.get(id)).protocols.includes(RELAY_V2_HOP_CODEC)
    const { promise, resolve } = Promise.withResolvers<void>()
    const identified = () => resolve()
    events.addEventListener('peer:identify', identified)
    const cancel = this.#world.after(identifyWithin, identified)
    if (!(await says())) await promise
    events.removeEventListener('peer:identify', identified)
    cancel()
    return says()
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => this.#world.after(milliseconds, resolve))
  }
}
