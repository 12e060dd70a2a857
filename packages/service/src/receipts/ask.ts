import { cidKey, type CID } from '@ipvm/ipld'
import { networkFailure, readContents, type Network, type Peer, type PeerName } from '@ipvm/network'
import { Brought } from '@ipvm/runtime'
import { resolvedName, type Receipt } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import type { Acceptance } from './accept.ts'
import {
  asksPerPeerMax,
  findsMax,
  findWithin,
  foundValueBytesMax,
  gatherMilliseconds,
  peersAskedMax,
  tasksAtOnceMax,
} from './limits.ts'
import type { Neighbours } from './neighbours.ts'
import { proven, readCommand } from './proven.ts'
import type { Providing } from './provide.ts'

/** Somebody waits for a receipt of a task. */
interface Wanted {
  readonly task: CID
  readonly profile: string
  readonly signal: AbortSignal
  readonly found: (receipt: Receipt) => void
}

/** What is still to be asked of a peer, and how many requests are under way to it. */
interface Line {
  readonly waiting: Map<string, Wanted>
  underWay: number
}

/** Asks peers for the receipts of tasks while these run here: all that are wanted within a moment in one request each. */
export class AskingPeers {
  readonly #context: ServiceContext
  readonly #acceptance: Acceptance
  readonly #neighbours: Neighbours
  readonly #providing: Providing
  readonly #wanted = new Map<string, Set<Wanted>>()
  readonly #lines = new Map<PeerName, Line>()
  #gathering: Wanted[] = []
  #count = 0

  constructor(context: ServiceContext, acceptance: Acceptance, neighbours: Neighbours, providing: Providing) {
    this.#context = context
    this.#acceptance = acceptance
    this.#neighbours = neighbours
    this.#providing = providing
    neighbours.onTrusted(peer => this.#askOne(peer))
    // However it came: by an answer, by gossip, or from an island.
    acceptance.onAccepted(receipt => this.#came(receipt))
  }

  /** A receipt of others for a task; see `Others.find`. */
  find(task: CID, profile: string, signal: AbortSignal): Promise<Receipt | undefined> | undefined {
    if (!this.#neighbours.areThere || this.#count >= findsMax || signal.aborted) return undefined
    return new Promise(resolve => {
      const key = keyOf(task, profile)
      const done = (receipt: Receipt | undefined) => {
        if (!all.delete(wanted)) return
        if (all.size === 0) this.#wanted.delete(key)
        this.#count -= 1
        resolve(receipt)
      }
      const all = this.#wanted.get(key) ?? new Set<Wanted>()
      const wanted: Wanted = { task, profile, signal, found: done }
      this.#wanted.set(key, all.add(wanted))
      this.#count += 1
      signal.addEventListener('abort', () => done(undefined), { once: true })
      if (this.#gathering.push(wanted) === 1) this.#context.world.after(gatherMilliseconds, () => this.#ask())
    })
  }

  #came(receipt: Receipt): void {
    for (const wanted of this.#wanted.get(keyOf(resolvedName(receipt), receipt.profile ?? '')) ?? []) {
      wanted.found(receipt)
    }
  }

  /** What was gathered goes to the end of each peer's line. */
  #ask(): void {
    const gathered = this.#gathering.filter(({ signal }) => !signal.aborted)
    this.#gathering = []
    const network = this.#context.network()
    if (!network || gathered.length === 0) return
    for (const peer of this.#neighbours.list().slice(0, peersAskedMax)) {
      this.#askPeerFor(network, peer, gathered)
    }
    this.#providing.seek(gathered.map(({ task }) => task))
  }

  /** One who is trusted came, or is trusted now: what is wanted still may be had there. */
  #askOne(peer: Peer): void {
    const network = this.#context.network()
    const wanted = [...this.#wanted.values()].flatMap(all => [...all].slice(0, 1))
    if (network && wanted.length > 0) this.#askPeerFor(network, peer, wanted)
  }

  #askPeerFor(network: Network, peer: Peer, all: readonly Wanted[]): void {
    const line = this.#lines.get(peer.name) ?? { waiting: new Map(), underWay: 0 }
    this.#lines.set(peer.name, line)
    for (const wanted of all) line.waiting.set(keyOf(wanted.task, wanted.profile), wanted)
    this.#send(network, peer, line)
  }

  #send(network: Network, peer: Peer, line: Line): void {
    while (line.underWay < asksPerPeerMax && line.waiting.size > 0) {
      const batch = [...line.waiting.entries()].slice(0, tasksAtOnceMax)
      for (const [key] of batch) line.waiting.delete(key)
      const wanted = batch.map(([, one]) => one).filter(({ signal }) => !signal.aborted)
      if (wanted.length === 0) continue
      line.underWay += 1
      this.#askPeer(network, peer, wanted)
        .catch((fault: unknown) => this.#context.log(`${peer.name} could not be asked for receipts`, fault))
        .finally(() => {
          line.underWay -= 1
          if (line.underWay === 0 && line.waiting.size === 0) this.#lines.delete(peer.name)
          else this.#send(network, peer, line)
        })
    }
  }

  async #askPeer(network: Network, { name, did }: Peer, wanted: readonly Wanted[]): Promise<void> {
    if (did === undefined) return
    const tasks = [...new Map(wanted.map(({ task }) => [cidKey(task), task])).values()]
    const bytes = await proven(this.#context, did, readCommand, { tasks })
    const answer = await network.request(name, { type: 'container', bytes }, { within: findWithin })
    if ('error' in answer) return this.#neighbours.failed(name, answer.error)
    const contents = await readContents(answer.ok)
    if ('error' in contents) {
      network.misbehaved(name, 'Garbage')
      return this.#neighbours.failed(name, networkFailure('MalformedAnswer', name))
    }
    const asked = new Map(wanted.map(one => [keyOf(one.task, one.profile), one]))
    const brought = new Brought(contents.ok.blocks)
    await Promise.all(contents.ok.tokens.map(token => this.#take(network, name, token, brought, asked)))
  }

  /** A receipt of an answer; who answers with what is none, or is of another task, did not read the question. */
  async #take(
    network: Network,
    from: PeerName,
    token: Uint8Array,
    brought: Brought,
    asked: ReadonlyMap<string, Wanted>,
  ): Promise<void> {
    const checked = await this.#acceptance.check(token)
    if ('error' in checked) {
      if (checked.error.name === 'Forged') network.misbehaved(from, 'Forgery')
      return
    }
    const receipt = checked.ok
    const wanted = asked.get(keyOf(resolvedName(receipt), receipt.profile ?? ''))
    if (!wanted) return
    const bringing = { from, valueBytesMax: foundValueBytesMax, brought, signal: wanted.signal }
    // Of one that was kept before nobody is told by the acceptance.
    if (await this.#acceptance.keep(receipt, bringing)) this.#came(receipt)
  }
}

function keyOf(task: CID, profile: string): string {
  return `${cidKey(task)} ${profile}`
}
