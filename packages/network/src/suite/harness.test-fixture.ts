import { randomBytes } from 'node:crypto'
import { fileBlocks, ok, type Block, type CID, type Result } from '@ipvm/ipld'
import type { Answer, Body, Network, NetworkOptions, NetworkWorld, OpenTransport } from '../index.ts'
import { openNetwork, type BlockShelf } from '../index.ts'

/** Three nodes that see each other over one kind of transport. Bob has an address; Alice and Carol may have none. */
export interface Harness {
  open(name: Name): OpenTransport
  /** Bob's address. */
  readonly bob: string
  /** Nobody has this one. */
  readonly nobody: string
  /** Bob's machine is gone for the others, though he does not know. */
  vanish(): Promise<void>
  comeBack(): Promise<void>
  /** Addresses of servers that misbehave on the wire, by what they do. */
  readonly hostile?: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Who is there. */
export type Name = 'alice' | 'bob' | 'carol'

/** Sets three nodes up. */
export type MakeHarness = () => Promise<Harness>

/** The real world, for what is real in these tests. */
export const realWorld: NetworkWorld = {
  now: () => Math.floor(Date.now() / 1000),
  milliseconds: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
  random: count => randomBytes(count),
}

/** Networks that are closed when the story is told. */
export class Stage implements AsyncDisposable {
  readonly harness: Harness
  readonly #networks: Network[] = []

  constructor(harness: Harness) {
    this.harness = harness
  }

  async network(name: Name, options: Partial<NetworkOptions> = {}): Promise<Network> {
    const network = await openNetwork({ world: realWorld, transports: [this.harness.open(name)], ...options })
    this.#networks.push(network)
    return network
  }

  /** Bob with these handlers, and Alice, who has met him. */
  async pair(options: Partial<NetworkOptions> = {}): Promise<{ alice: Network; bob: Network; at: string }> {
    const bob = await this.network('bob', options)
    const alice = await this.network('alice')
    const met = await alice.connect(this.harness.bob)
    if ('error' in met) throw new Error(met.error.message)
    return { alice, bob, at: met.ok.name }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#networks.map(network => network.close()))
    await this.harness.close()
  }
}

/** A shelf in memory, and what was put on it in which order. */
export class Shelf implements BlockShelf {
  readonly blocks = new Map<string, Uint8Array>()

  async block(cid: CID): Promise<Uint8Array | undefined> {
    return this.blocks.get(cid.toString())
  }

  async put(blocks: readonly Block[]): Promise<void> {
    for (const { cid, bytes } of blocks) this.blocks.set(cid.toString(), bytes)
  }

  /** With a file of so many bytes on it. */
  static withFile(bytes: number): { shelf: Shelf; root: CID; blocks: readonly Block[] } {
    const { root, blocks } = fileBlocks(patterned(bytes))
    const shelf = new Shelf()
    void shelf.put(blocks)
    return { shelf, root, blocks }
  }
}

/** Bytes no two MiB of which are the same. */
export function patterned(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(i ^ (i >>> 16), 0x9e3779b1) >>> 24
  return bytes
}

/** A body of a text. */
export function text(words: string): Body {
  return { type: 'container', bytes: new TextEncoder().encode(words) }
}

/** The text of an answer, or the name of its failure. */
export function words(result: Result<Answer>): string {
  return 'ok' in result ? new TextDecoder().decode(result.ok.bytes) : result.error.name
}

/** A handler that answers with what it was asked. */
export async function echo({ type, bytes }: Body): Promise<Result<Answer, never>> {
  return ok({ type, bytes })
}

/** Waits until something is so; the test's own time limit ends it where it never is. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5))
}
