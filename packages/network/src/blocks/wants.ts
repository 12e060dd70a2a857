import { cidKey, codec, linksOf, type Block, type CID } from '@ipvm/ipld'
import { wantsMax } from '../limits.ts'
import type { PeerName } from '../peer.ts'
import type { BlockShelf } from './shelf.ts'
import { isVerifiable } from './verified.ts'

interface Want {
  readonly cid: CID
  /** Who was asked for it and did not bring it. */
  readonly lacking: Set<PeerName>
  /** Whom it is being asked of. */
  asked: PeerName | undefined
}

/** Leaves of a file are asked for in small groups where several peers share the work. */
const leavesAtOnce = 8

/** What one peer is asked for at once. */
export interface Batch {
  readonly cids: readonly CID[]
  /** The node of a file whose leaves these are, all of them. */
  readonly below?: CID
}

/** How wants are followed and given out. */
export interface WantsOptions {
  readonly follows?: (link: CID) => boolean
  /** Whether several peers are asked. */
  readonly isShared?: boolean
}

/** What a fetch still wants, and whom it is asked of. */
export class Wants {
  /** How many blocks were found to be there already. */
  had = 0
  readonly #shelf: BlockShelf
  readonly #follows: (link: CID) => boolean
  readonly #isShared: boolean
  readonly #open = new Map<string, Want>()
  readonly #known = new Set<string>()
  /** Nodes that have leaves and nothing else below them. */
  readonly #nodes: Required<Batch>[] = []
  #changed = Promise.withResolvers<void>()

  constructor(shelf: BlockShelf, { follows = () => true, isShared = false }: WantsOptions = {}) {
    this.#shelf = shelf
    this.#follows = follows
    this.#isShared = isShared
  }

  /** How many names were wanted so far. */
  get known(): number {
    return this.#known.size
  }

  /** Some of what is open still, at most 100. */
  get missing(): readonly CID[] {
    return [...this.#open.values()].slice(0, 100).map(({ cid }) => cid)
  }

  /** Wants these; of one that is there, what it links to. */
  async add(cids: readonly CID[]): Promise<void> {
    const pending = [...cids]
    for (let cid = pending.pop(); cid; cid = pending.pop()) {
      const key = cidKey(cid)
      if (this.#known.has(key)) continue
      this.#known.add(key)
      const bytes = await this.#shelf.block(cid)
      if (!bytes) {
        this.#open.set(key, { cid, lacking: new Set(), asked: undefined })
        continue
      }
      this.had += 1
      pending.push(...this.#links({ cid, bytes }))
    }
  }

  /** A block came and is kept: its links are wanted next, unless that is enough. */
  async came(block: Block, isEnough: boolean): Promise<void> {
    this.#open.delete(cidKey(block.cid))
    if (!isEnough) await this.add(this.#links(block))
    this.#tell()
  }

  /** What this peer is asked for next: nothing that it lacks or that another one is being asked for. */
  take(peer: PeerName): Batch {
    const batch = this.#wholeNode(peer) ?? { cids: this.#some(peer) }
    for (const cid of batch.cids) {
      const want = this.#open.get(cidKey(cid))
      if (want) want.asked = peer
    }
    return batch
  }

  /** A node of whose leaves all are still wanted. */
  #wholeNode(peer: PeerName): Batch | undefined {
    for (let node = this.#nodes.pop(); node; node = this.#nodes.pop()) {
      if (node.cids.every(cid => isFree(this.#open.get(cidKey(cid)), peer))) return node
    }
    return undefined
  }

  #some(peer: PeerName): readonly CID[] {
    const cids: CID[] = []
    let leaves = 0
    for (const want of this.#open.values()) {
      if (!isFree(want, peer)) continue
      cids.push(want.cid)
      if (isLeaf(want.cid)) leaves += 1
      if ((this.#isShared && leaves >= leavesAtOnce) || cids.length >= wantsMax) break
    }
    return cids
  }

  /** What a peer was asked for and did not bring. */
  giveBack(peer: PeerName, cids: readonly CID[]): void {
    for (const cid of cids) {
      const want = this.#open.get(cidKey(cid))
      if (want?.asked !== peer) continue
      want.asked = undefined
      want.lacking.add(peer)
    }
    this.#tell()
  }

  /** Whether anybody is being asked for something, which may bring more to ask for. */
  isWaited(): boolean {
    for (const { asked } of this.#open.values()) if (asked !== undefined) return true
    return false
  }

  /** Resolves when something came, or was given back. */
  changed(): Promise<void> {
    return this.#changed.promise
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  #links(block: Block): readonly CID[] {
    const all = linksOf(block)
    const links = all.filter(link => this.#follows(link))
    const isWhole = links.length > 0 && links.length === all.length && links.every(isLeaf)
    if (isWhole && links.length <= wantsMax && !this.#isShared) this.#nodes.push({ cids: links, below: block.cid })
    return links
  }
}

function isFree(want: Want | undefined, peer: PeerName): boolean {
  return want !== undefined && want.asked === undefined && !want.lacking.has(peer)
}

function isLeaf(cid: CID): boolean {
  return cid.code === codec.raw && isVerifiable(cid)
}
