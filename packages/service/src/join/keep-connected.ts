import type { Network } from '@ipvm/network'
import { sameDid, type Did } from '@ipvm/varsig'
import type { JoinParts } from './admit.ts'
import { dialsAtOnce, dialWaits, renewEverySeconds } from '../limits.ts'
import { peerOf, type KnownPeer, type Peers } from './peer-book.ts'
import { renew } from './renew.ts'

/** By what a node stays connected. */
export interface KeepConnectedParts extends JoinParts {
  readonly network: Network
  /** Calls back after so many milliseconds, unless the function that it gives is called before. */
  readonly after: (milliseconds: number, callback: () => void) => () => void
  /** Addresses of others that its owner wants it to be connected to, whoever they are. */
  readonly others?: readonly string[]
  /** Makes it so that receipts of these executors count here. */
  readonly trust: (executors: readonly Did[]) => Promise<void>
  /** Tells those who are there what was taken back, before those are let go of who were forgotten. */
  readonly leaving?: () => Promise<void>
  readonly log: (line: string, cause?: unknown) => void
}

/** Somebody to be connected to. */
interface Target {
  readonly key: string
  readonly did?: Did
  readonly addresses: readonly string[]
}

/** What is tried to reach one of them. */
interface Attempt {
  target: Target
  /** How many attempts have failed in a row. */
  failed: number
  isUnderWay: boolean
  cancel: () => void
}

/**
 * Keeps a node connected to its peers: dials those that are not there, after waits that grow and are spread out, and
 * follows the list of peers as it changes. Who is there is asked now and then what it lets this node do, before that ends.
 */
export class KeepConnected {
  readonly #parts: KeepConnectedParts
  readonly #attempts = new Map<string, Attempt>()
  /** When each was asked what it lets this node do, and where this node was then. */
  readonly #asked = new Map<Did, { readonly at: number; readonly addresses: string }>()
  readonly #forgiven = new Map<Did, number>()
  readonly #stops: (() => void)[] = []
  #peers: Peers | undefined
  #isClosed = false

  constructor(parts: KeepConnectedParts) {
    this.#parts = parts
  }

  /** Begins. Resolves when the list of peers was read, and everyone is being dialled. */
  async open(): Promise<void> {
    const { book, network } = this.#parts
    this.#stops.push(book.watch(() => void this.#look()))
    this.#stops.push(network.watch(({ peer, change }) => this.#changed(peer.did, change)))
    await this.#look()
  }

  /** This node may be at other addresses now: those who are there are told. */
  moved(): void {
    for (const peer of this.#parts.network.peers()) if (peer.did !== undefined) this.#greet(peer.did)
  }

  close(): void {
    this.#isClosed = true
    for (const stop of this.#stops.splice(0)) stop()
    for (const { cancel } of this.#attempts.values()) cancel()
    this.#attempts.clear()
  }

  /** Brings what is tried to what the list of peers says now. */
  async #look(): Promise<void> {
    const { book, log, trust, network } = this.#parts
    const read = await book.read()
    if (this.#isClosed) return
    if ('error' in read) return log(`the list of peers is left as it was known: ${read.error.message}`)
    const before = this.#peers?.peers ?? []
    this.#peers = read.ok
    await trust(read.ok.peers.flatMap(({ did, trusted }) => (trusted ? [did] : []))).catch(cause =>
      log('whom to trust could not be stored', cause),
    )
    for (const { did, forgiven = 0 } of read.ok.peers) {
      if ((this.#forgiven.get(did) ?? forgiven) < forgiven) network.forgive(did)
      this.#forgiven.set(did, forgiven)
    }
    this.#aim(read.ok)
    await this.#leave(before.filter(({ did }) => !peerOf(read.ok, did)))
    this.moved()
  }

  /** Who was forgotten is no longer there, either, once it was told what was taken back of it. */
  async #leave(forgotten: readonly KnownPeer[]): Promise<void> {
    if (forgotten.length === 0) return
    const { network, leaving, log } = this.#parts
    await leaving?.().catch(cause => log('those who were forgotten could not be told', cause))
    for (const { did } of forgotten) {
      const there = network.peers().find(peer => peer.did !== undefined && sameDid(peer.did, did))
      network.disconnect(there?.name ?? did)
    }
  }

  #aim({ peers }: Peers): void {
    const others = (this.#parts.others ?? []).map(address => ({ key: address, addresses: [address] }))
    const known = peers.map(({ did, addresses }) => ({ key: did, did, addresses }))
    const targets = new Map<string, Target>([...others, ...known].map(target => [target.key, target]))
    for (const [key, attempt] of this.#attempts) {
      if (targets.has(key)) continue
      attempt.cancel()
      this.#attempts.delete(key)
    }
    for (const target of targets.values()) {
      const attempt = this.#attempts.get(target.key)
      if (!attempt) this.#attempts.set(target.key, { target, failed: 0, isUnderWay: false, cancel: () => {} })
      else if (attempt.target.addresses.join(' ') === target.addresses.join(' ')) continue
      else Object.assign(attempt, { target, failed: 0 })
      this.#attempts.get(target.key)?.cancel()
      this.#next()
    }
  }

  /** Dials who is not there and waits for nothing, some at a time. */
  #next(): void {
    const all = [...this.#attempts.values()]
    let room = dialsAtOnce - all.filter(({ isUnderWay }) => isUnderWay).length
    for (const attempt of all) {
      if (room <= 0) return
      if (attempt.isUnderWay || attempt.failed > 0 || this.#isThere(attempt.target)) continue
      if (attempt.target.addresses.length === 0) continue
      room -= 1
      void this.#dial(attempt)
    }
  }

  async #dial(attempt: Attempt): Promise<void> {
    const { target } = attempt
    attempt.isUnderWay = true
    const isReached = await this.#reach(target)
    attempt.isUnderWay = false
    if (this.#isClosed || this.#attempts.get(target.key) !== attempt) return
    // Who was reached and is not there all the same is not dialled again at once, either.
    if (attempt.target === target) attempt.failed = isReached && this.#isThere(target) ? 0 : attempt.failed + 1
    if (attempt.failed > 0) this.#later(attempt)
    this.#next()
  }

  async #reach({ did, addresses }: Target): Promise<boolean> {
    const { network, log } = this.#parts
    for (const address of addresses) {
      const met = await network.connect(address)
      if (this.#isClosed) return false
      if ('error' in met) continue
      const { did: found } = met.ok
      if (did === undefined || (found !== undefined && sameDid(found, did))) return true
      log(`${address} is not ${did} any more: ${found ?? 'whoever is there proves no name'}`)
    }
    return false
  }

  #later(attempt: Attempt): void {
    const [first, longest] = dialWaits
    const wait = Math.min(longest, first * 2 ** Math.min(attempt.failed - 1, 20))
    const share = (this.#parts.random(1)[0] ?? 0) / 255
    attempt.cancel()
    // Spread out, so that not everyone comes back to a node in the same moment.
    attempt.cancel = this.#parts.after(wait * (0.5 + share / 2), () => {
      if (!this.#isClosed && !attempt.isUnderWay) void this.#dial(attempt)
    })
  }

  #isThere({ did, addresses }: Target): boolean {
    return this.#parts.network.peers().some(peer => {
      if (did !== undefined) return peer.did !== undefined && sameDid(peer.did, did)
      return addresses.some(address => peer.addresses.includes(address))
    })
  }

  #changed(did: Did | undefined, change: 'came' | 'went'): void {
    if (this.#isClosed) return
    if (change === 'came') {
      if (did !== undefined) this.#greet(did)
      return
    }
    // Who was there a moment ago is looked for at once, and not after the wait of long ago.
    for (const attempt of this.#attempts.values()) {
      if (did !== undefined && attempt.target.did !== undefined && !sameDid(attempt.target.did, did)) continue
      if (attempt.isUnderWay || attempt.failed > 0 || this.#isThere(attempt.target)) continue
      if (attempt.target.addresses.length === 0) continue
      attempt.failed = 1
      this.#later(attempt)
    }
  }

  /** Asks a peer that is there what it lets this node do, unless it was asked of late, and from here. */
  #greet(did: Did): void {
    const peer = this.#peers?.peers.find(known => sameDid(known.did, did))
    const { now, network, log } = this.#parts
    if (!peer) return
    const [before, addresses] = [this.#asked.get(peer.did), this.#parts.addresses().join(' ')]
    if (before && before.addresses === addresses && now() - before.at < renewEverySeconds) return
    this.#asked.set(peer.did, { at: now(), addresses })
    void renew(peer, peer.did, this.#parts, network).then(told => {
      if ('ok' in told || this.#isClosed || quiet.includes(told.error.name)) return
      log(`${peer.name ?? peer.did} did not say what it lets this node do: ${told.error.message}`)
    })
  }
}

/** Who only asks cannot be asked, and who has given nothing is not. */
const quiet: readonly string[] = ['Unreachable', 'NoDelegation']
