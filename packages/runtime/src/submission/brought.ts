import { cidKey, linksOf, type Block, type CID } from '@ipvm/ipld'
import type { Delegation, Invocation } from '@ipvm/ucan'
import { withoutFragment, type Did } from '@ipvm/varsig'

/** What came along with invocations: blocks, each of which is what its name says, and delegations. */
export class Brought {
  /** All that came along; not all of them need concern an invocation. */
  readonly delegations: readonly Delegation[]
  /** Invocations of other agents' tasks. */
  readonly invocations: readonly Invocation[]
  readonly #blocks = new Map<string, Block>()
  readonly #delegations = new Map<string, Delegation>()

  constructor(
    blocks: Iterable<Block> = [],
    delegations: Iterable<Delegation> = [],
    invocations: Iterable<Invocation> = [],
  ) {
    this.delegations = [...delegations]
    this.invocations = [...invocations]
    for (const block of blocks) this.#blocks.set(cidKey(block.cid), block)
    for (const delegation of this.delegations) this.#delegations.set(cidKey(delegation.envelope.cid), delegation)
  }

  /** Where none came along, what reaches them need not be read. */
  get hasBlocks(): boolean {
    return this.#blocks.size > 0
  }

  block(cid: CID): Uint8Array | undefined {
    return this.#blocks.get(cidKey(cid))?.bytes
  }

  delegation(cid: CID): Delegation | undefined {
    return this.#delegations.get(cidKey(cid))
  }

  /** The blocks that are reached from these names by links, each once. */
  reached(roots: Iterable<CID>): readonly Block[] {
    if (!this.hasBlocks) return []
    const found = new Map<string, Block>()
    const pending = [...roots]
    for (let cid = pending.pop(); cid; cid = pending.pop()) {
      const key = cidKey(cid)
      const block = this.#blocks.get(key)
      if (!block || found.has(key)) continue
      found.set(key, block)
      pending.push(...linksOf(block))
    }
    return [...found.values()]
  }

  /** The delegations that may let an agent do something: those to it, those to who issued these, and so on. */
  leadingTo(agent: Did): readonly Delegation[] {
    const byAudience = Map.groupBy(this.delegations, ({ aud }) => withoutFragment(aud))
    const found = new Set<Delegation>()
    const pending: Did[] = [agent]
    const seen = new Set<Did>()
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const did = withoutFragment(next)
      if (seen.has(did)) continue
      seen.add(did)
      for (const delegation of byAudience.get(did) ?? []) {
        found.add(delegation)
        pending.push(delegation.iss)
      }
    }
    return [...found]
  }
}
