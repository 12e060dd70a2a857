import { randomBytes } from 'node:crypto'
import { createEgress, readException, serversResolve, type EgressParts } from '@ipvm/egress'
import { error, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { openOutcome, Runtime, webCryptoSeal, type OnEvent, type RunEvent } from '@ipvm/runtime'
import { openMemoryStore } from '@ipvm/store/memory'
import { bob, TestWorld } from '@ipvm/testing'
import { invoke, type Outcome, type Receipt } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { afterAll } from 'vitest'
import { builtInEffects, readSwitches, type EffectPorts, type Switches } from './index.ts'

const closing: (() => unknown)[] = []
afterAll(() => Promise.all(closing.map(close => close())))

/** Closes something when the tests of a file are over. */
export function closedLater<T extends { close(): unknown }>(one: T): T {
  closing.push(() => one.close())
  return one
}

/** What of the outside Bob's node may reach in a test. */
export interface Reach {
  readonly private?: readonly string[]
  readonly names?: string
  readonly authorities?: EgressParts['authorities']
  /** What its owner keeps. */
  readonly own?: Partial<Pick<EffectPorts, 'secrets' | 'keys' | 'names'>>
}

const seal = await webCryptoSeal(new Uint8Array(32).fill(7))

const nothing = async () => error({ name: 'Nothing', message: 'there is none' })

/** What an owner keeps who keeps nothing. */
export const empty = { secrets: { get: nothing }, keys: { signer: nothing }, names: { find: nothing } }

/** What became of one task. */
export interface Done {
  readonly refused?: Failure
  readonly end: string
  /** How it ended, opened where it is a secret. */
  readonly out?: Outcome | undefined
  readonly receipt?: Receipt | undefined
  readonly unknown?: Failure
  readonly events: readonly RunEvent[]
}

/** Bob's node with these effects switched on; `task` runs one task of a workflow of its own. */
export function bobsNode(switches: Switches, reach: Reach = {}) {
  const world = new TestWorld()
  const store = openMemoryStore()
  const egress = closedLater(
    createEgress({
      after: (milliseconds, callback) => world.after(milliseconds, callback),
      exceptions: (reach.private ?? ['127.0.0.1:*']).map(text => good(readException(text))),
      ...(reach.names !== undefined && { resolve: serversResolve([reach.names]) }),
      ...(reach.authorities && { authorities: reach.authorities }),
    }),
  )
  const { on } = good(readSwitches(switches, builtInEffects, []))
  const effects = on.map(({ make }) => make({ store, world, egress, ...empty, ...reach.own }))
  const runtime = closedLater(new Runtime({ store, world, signer: bob, seal, commands: {}, effects }))
  const submit = async (draft: Value, told: OnEvent = () => {}) => {
    const compiled = good(await compile(draft))
    await store.commit({ blocks: [compiled.document, ...compiled.blocks] })
    const args = { workflow: compiled.document.cid }
    const events: RunEvent[] = []
    const nonce = randomBytes(12)
    const invocation = await invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce, exp: null }, bob)
    const result = await runtime.submit(invocation, {
      onEvent: event => {
        events.push(event)
        told(event)
      },
    })
    return { result, events }
  }
  const task = async (cmd: `/${string}`, args: ValueMap, config: ValueMap = {}): Promise<Done> => {
    const draft = workflow('one', ({ task: add }) => void add('it', { cmd, args }, { config: { ...quick, ...config } }))
    const { result, events } = await submit(draft)
    if ('error' in result) return { refused: result.error, end: 'refused', events }
    const receipt = result.ok.tasks.get('it')?.receipt
    const out = receipt && good(await openOutcome(receipt.out, cid => store.block(cid), seal))
    const unknown = events.find(event => event.type === 'unknown')
    return { out, receipt, end: result.ok.end, events, ...(unknown && { unknown: unknown.cause }) }
  }
  return { world, store, runtime, submit, task }
}

/** The value of a result that has to be good. */
export function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** Hardly a pause between attempts. */
const quick = { retry: { max: 3, backoff: [1, 'milliseconds'] } } as const
