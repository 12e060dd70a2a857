import type { Result, Value } from '@ipvm/ipld'
import { openNetwork, type Answer, type IncomingRequest, type Network, type Refusal } from '@ipvm/network'
import { memoryTransport, type MemoryNetwork } from '@ipvm/network/memory'
import { defineEffect, Runtime, type Effect, type EffectContext, type PureCommand, type RunEvent } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { delegate, VerifiedTokens, type Command, type Delegation } from '@ipvm/ucan'
import type { Did, Signer } from '@ipvm/varsig'
import { compile } from '@ipvm/workflow'
import * as v from 'valibot'
import { Service } from '../service.ts'
import type { VirtualWorld } from '../virtual.test-fixture.ts'

/** A node of a story. */
export interface StoryNode {
  readonly did: Did
  readonly signer: Signer
  readonly store: Store
  readonly runtime: Runtime
  readonly network: Network
  /** What its own effects were asked for. */
  readonly seen: string[]
  /** Delegations that it was given. */
  readonly wallet: Delegation[]
  close(): Promise<void>
}

/** Of what a node of a story is made. */
export interface NodeOptions {
  readonly world: VirtualWorld
  readonly hub: MemoryNetwork
  readonly signer: Signer
  readonly effects?: readonly Effect[]
  /** Effects of others, of which it knows what they are. */
  readonly known?: readonly Effect[]
  readonly store?: Store
  readonly seen?: string[]
  readonly wallet?: Delegation[]
  /** Who is in between, and answers instead. */
  readonly between?: (request: IncomingRequest, own: Honest) => ReturnType<Honest>
}

/** How an honest node answers. */
type Honest = (request: IncomingRequest) => Promise<Result<Answer, Refusal>>

const someValue = v.custom<Value>(value => value !== undefined, 'expected a value')

/** An effect that notes what it was asked for, and takes its time. */
export function outside(
  cmd: Command,
  kind: 'query' | 'mutation',
  seen: string[],
  run: (value: Value, context: EffectContext) => Promise<Value>,
): Effect {
  return defineEffect<{ value: Value }>({
    cmd,
    class: kind,
    idempotent: true,
    args: v.strictObject({ value: someValue }),
    run: async ({ value }, context) => {
      seen.push(`${cmd} ${JSON.stringify(value)}`)
      try {
        return { ok: await run(value, context) }
      } catch (thrown) {
        return { error: { name: 'Failed', message: String(thrown) }, verdict: 'final' }
      }
    },
  })
}

/** Opens a node. */
export async function openNode(name: string, options: NodeOptions): Promise<StoryNode> {
  const {
    world,
    hub,
    signer,
    effects = [],
    known = [],
    store = openMemoryStore(),
    seen = [],
    wallet = [],
    between,
  } = options
  const verified = new VerifiedTokens()
  const service = new Service({
    ...{ signer, store, world, verified, open: [], log: () => {} },
    wallet: { proofs: async () => wallet },
    runtime: () => runtime,
  })
  const commands: Record<Command, PureCommand> = {
    '/test/echo': {
      ...{ profile: 'test/1', parallel: 4 },
      run: async ({ value = null }: { readonly [key: string]: Value }) => ({ out: { ok: value }, permanent: true }),
    },
  }
  const grow: PureCommand = {
    ...{ profile: 'test/1', parallel: 4 },
    run: async ({ fork, join }) => {
      const tasks = Array.isArray(fork) ? fork.filter(task => task instanceof Uint8Array) : []
      const fx = { fork: tasks, ...(join instanceof Uint8Array && { join }) }
      return { out: { ok: null }, fx, permanent: true }
    },
  }
  const runtime: Runtime = new Runtime({
    ...{ store, signer, world, effects, verified, others: service.others },
    commands: { ...commands, '/test/grow': grow },
    knownTraits: cmd => known.find(effect => effect.cmd === cmd),
  })
  const network = await openNetwork({
    world,
    transports: [memoryTransport(hub, { name, did: signer.did })],
    answer: request => (between ? between(request, service.answer) : service.answer(request)),
    block: service.block,
  })
  service.open(network)
  await runtime.open()
  const close = async () => {
    await service.close()
    await runtime.close()
  }
  return { did: signer.did, signer, store, runtime, network, seen, wallet, close }
}

/** Lets one node have another do commands; it is in that one's wallet. */
export async function allow(by: StoryNode, who: StoryNode, ...commands: readonly Command[]): Promise<void> {
  for (const [at, cmd] of commands.entries()) {
    const nonce = new Uint8Array(12).fill(at + 1)
    who.wallet.push(await delegate({ aud: who.did, sub: by.did, cmd, nonce, exp: null }, by.signer))
  }
}

/** Runs a draft as a node's own, until nothing more of it goes on. */
export async function run(node: StoryNode, draft: Value, onEvent: (event: RunEvent) => void = () => {}) {
  const compiled = await compile(draft)
  if ('error' in compiled) throw new Error(compiled.error.message)
  const { document, blocks } = compiled.ok
  await node.store.commit({ blocks: [document, ...blocks] })
  const ended = await node.runtime.run(document.cid, {}, { onEvent })
  if ('error' in ended) throw new Error(`${ended.error.name}: ${ended.error.message}`)
  return ended.ok
}

/** A draft of these tasks. */
export function draft(tasks: Readonly<Record<string, Value>>): Value {
  return { 'ipvm/workflow@1': { tasks } }
}
