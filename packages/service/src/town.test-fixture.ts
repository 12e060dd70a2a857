import { cidKey, type Result, type Value } from '@ipvm/ipld'
import { openNetwork, type Answer, type IncomingRequest, type Network, type Refusal } from '@ipvm/network'
import { memoryHub, memoryTransport, type MemoryNetwork } from '@ipvm/network/memory'
import { Runtime, type PureCommand } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { delegate, issueReceipt, taskName, VerifiedTokens, type Delegation, type Receipt } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { compile, workflow } from '@ipvm/workflow'
import type { SetName } from './islands/message.ts'
import type { Reconciled } from './islands/talk.ts'
import { readCommand } from './receipts/proven.ts'
import type { Receipts } from './receipts/receipts.ts'
import { Service } from './service.ts'
import { seeded, VirtualWorld } from './virtual.test-fixture.ts'

/** The profile of what is computed in these stories. */
export const profile = 'test/1'

const noNonce = new Uint8Array()

/** The task of doubling a number. */
export function doubling(n: number) {
  return { cmd: '/test/double', args: { n }, nonce: noNonce } as const
}

/** A receipt that a number was doubled, or what else is said of it. */
export function doubled(n: number, signer: Signer, out: Value = 2 * n): Promise<Receipt> {
  return issueReceipt({ ran: taskName(doubling(n)), out: { ok: out }, profile, exp: null }, signer)
}

/** A node of a story. */
export interface Townsman {
  readonly signer: Signer
  readonly store: Store
  readonly service: Service
  readonly receipts: Receipts
  readonly runtime: Runtime
  /** By what it asks others. */
  readonly grants: Delegation[]
  readonly network: Network
  /** What it began to compute itself, and what it came to. */
  readonly began: number[]
  readonly ran: number[]
  readonly heard: string[]
  readonly reconciled: (Reconciled & { readonly peer: string; readonly set: SetName })[]
  /** What it takes for the double of a number. */
  result(n: number): Value
  /** How long its commands take, milliseconds of this world. */
  pace: number
  /** Runs a workflow of doubling these numbers, and gives how each ended. */
  double(...numbers: readonly number[]): Promise<readonly Value[]>
}

/** Nodes that see each other over a network in memory, in a time of their own. */
export class Town {
  readonly world = new VirtualWorld()
  readonly hub: MemoryNetwork
  readonly #everybody: Townsman[] = []

  constructor(seed = 1) {
    this.hub = memoryHub({ world: this.world, random: seeded(seed) })
  }

  /** A node of one who trusts these, and lets them read. */
  async node(
    signer: Signer,
    friends: readonly Signer[] = [],
    { store = openMemoryStore(), answer, isLoud = false }: NodeOptions = {},
  ): Promise<Townsman> {
    const { world } = this
    const began: number[] = []
    const ran: number[] = []
    const heard: string[] = []
    const reconciled: Townsman['reconciled'] = []
    const grants = await Promise.all(friends.map(friend => mayRead(friend, signer)))
    const log = (line: string, cause?: unknown) =>
      void heard.push(cause === undefined ? line : `${line}: ${String(cause)}`)
    const shared = { store, world, signer, open: [], verified: new VerifiedTokens() }
    const service: Service = new Service({
      ...{ ...shared, log, wallet: { proofs: async () => grants }, runtime: () => runtime },
      onReconciled: (peer, set, done) => reconciled.push({ peer, set, ...done }),
    })
    const double: PureCommand = {
      profile,
      parallel: 2,
      run: async ({ n }, { signal }) => {
        began.push(Number(n))
        await new Promise<void>((resolve, reject) => {
          const cancel = world.after(man.pace, resolve)
          signal.addEventListener('abort', () => {
            cancel()
            reject(signal.reason)
          })
        })
        ran.push(Number(n))
        return { out: { ok: man.result(Number(n)) }, permanent: true }
      },
    }
    const runtime = new Runtime({ ...shared, commands: { '/test/double': double }, others: service.others })
    await store.commit({ trusted: friends.map(({ did }) => did) })
    const network = await openNetwork({
      ...{ world, log, transports: [memoryTransport(this.hub, { name: signer.did, did: signer.did })] },
      answer: request => (answer ? answer(request, service.answer) : service.answer(request)),
      block: service.block,
      // Who lies tells everybody.
      ...(!isLoud && { mayHear: service.mayHear }),
    })
    const man: Townsman = {
      ...{
        signer,
        store,
        service,
        receipts: service.receipts,
        grants,
        runtime,
        network,
        began,
        ran,
        heard,
        reconciled,
        pace: 10,
      },
      result: (n: number) => 2 * n,
      double: (...numbers) => doubleAll(numbers, store, runtime),
    }
    service.open(network)
    this.#everybody.push(man)
    return man
  }

  /** Goes on until a work is done. */
  until<T>(work: Promise<T>): Promise<T> {
    return this.world.until(work)
  }

  pass(milliseconds: number): Promise<void> {
    return this.world.pass(milliseconds)
  }

  /** Everybody goes home. */
  async close(): Promise<void> {
    for (const { service } of this.#everybody) await this.until(service.close())
  }
}

/** How a node of a story is set up. */
export interface NodeOptions {
  readonly store?: Store
  readonly answer?: Answering | undefined
  /** Whether it tells all its receipts to everybody. */
  readonly isLoud?: boolean
}

/** How an honest node answers. */
type Honest = (request: IncomingRequest) => Promise<Result<Answer, Refusal>>

/** How a node of a story answers instead. */
export type Answering = (request: IncomingRequest, own: Honest) => Promise<Result<Answer, Refusal>>

/** A delegation of a node to another to read its receipts; and back. */
async function mayRead(sub: Signer, aud: Signer): Promise<Delegation> {
  const fields = { aud: aud.did, sub: sub.did, cmd: readCommand, pol: [], nonce: new Uint8Array(12), exp: null }
  return delegate(fields, sub)
}

/** Runs a workflow of doubling these numbers, and gives how each ended. */
export async function doubleAll(numbers: readonly number[], store: Store, runtime: Runtime): Promise<readonly Value[]> {
  const compiled = await compile(
    workflow('doubles', ({ task }) => {
      for (const n of numbers) task(`d${n}`, doubling(n))
    }),
  )
  if ('error' in compiled) throw new Error(compiled.error.message)
  await store.commit({ blocks: [compiled.ok.document, ...compiled.ok.blocks] })
  const ended = await runtime.run(compiled.ok.document.cid)
  if ('error' in ended) throw new Error(ended.error.message)
  const outs = [...ended.ok.tasks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { receipt }]) => receipt.out)
  return outs.map(out => ('ok' in out ? out.ok : out.error.name))
}

/** The receipts of a store, in the order of their names. */
export async function namesIn(store: Store): Promise<readonly string[]> {
  const { items } = await store.listReceipts({ limit: 1_000_000 })
  return items.map(cidKey).sort()
}

/** Puts receipts into a store, as a run would have. */
export async function keep(store: Store, receipts: readonly Receipt[]): Promise<void> {
  const results = receipts.map(({ cid, ran }) => ({ name: ran, profile, receipt: cid }))
  await store.commit({ receipts, results })
}
