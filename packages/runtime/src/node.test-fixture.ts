import { compile, type TaskHandle } from '@ipvm/workflow'
import { invoke, type Outcome, type Receipt } from '@ipvm/ucan'
import type { Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { bob, TestWorld } from '@ipvm/testing'
import { encode, isMap, type Result, type Value } from '@ipvm/ipld'
import * as v from 'valibot'
import { randomBytes } from 'node:crypto'
import {
  defineEffect,
  kvEffects,
  openOutcome,
  Runtime,
  webCryptoSeal,
  type Effect,
  type EffectDefinition,
  type EffectOutcome,
  type Execution,
  type PureCommand,
  type RunEvent,
  type RuntimeParts,
  type SubmitOptions,
} from './index.ts'

/** How an attempt of a test's effect goes. */
export type Attempt = EffectOutcome | 'throw' | 'hang'

/** What the world outside saw. */
export interface Seen {
  readonly cmd: string
  readonly key: string
  readonly value: Value
}

const anyValue = v.custom<Value>(value => value !== undefined, 'expected a value')

/** What Bob seals his secrets with. */
export const bobsSeal = await webCryptoSeal(new Uint8Array(32).fill(7))

/** Bob's node, with arithmetic, a query and two mutations; `seen` lists what came to the world outside. */
export function bobsEffects(
  store = openMemoryStore(),
  more: readonly Effect[] = [],
  told: Pick<RuntimeParts, 'onSchedule'> = {},
) {
  const world = new TestWorld()
  const seen: Seen[] = []
  const ran: string[] = []
  /** By value: how its attempts go, one after the other; well, where nothing is said. */
  const attempts = new Map<Value, Attempt[]>()
  const outside = (cmd: `/${string}`, definition: Partial<EffectDefinition<{ value: Value }>>) =>
    defineEffect<{ value: Value }>({
      cmd,
      class: 'mutation',
      args: v.strictObject({ value: anyValue, after: v.optional(anyValue) }),
      run: async ({ value }, { key }) => {
        seen.push({ cmd, key, value })
        const next = attempts.get(value)?.shift() ?? { ok: `${cmd} ${JSON.stringify(value)} ${seen.length}` }
        if (next === 'throw') throw new Error('the connection was lost')
        return next === 'hang' ? new Promise(() => {}) : next
      },
      ...definition,
    })
  const effects = [
    outside('/test/ask', { class: 'query' }),
    outside('/test/put', { idempotent: true }),
    outside('/test/post', {}),
    ...kvEffects,
    ...more,
  ]
  const pure = (name: string, run: (args: { readonly [key: string]: Value }) => Outcome): PureCommand => ({
    profile: 'test/1',
    parallel: 2,
    run: async args => {
      ran.push(name)
      return { out: run(args), permanent: true }
    },
  })
  const commands = {
    '/test/echo': pure('echo', ({ value = null }) => ({ ok: value })),
    '/test/fail': pure('fail', () => ({ error: { name: 'Trap', message: 'the guest trapped' } })),
    '/wasm/run': pure('handler', ({ fun, params }) => handler(String(fun), params)),
    '/test/grow': {
      ...pure('grow', ({ value = null }) => ({ ok: value })),
      run: async ({ value = null, fork, join }, { config }) => {
        if (config.gas < 10) return outOfGas(config.gas)
        ran.push('grow')
        const tasks = Array.isArray(fork) ? fork.filter(task => task instanceof Uint8Array) : []
        const fx = { fork: tasks, ...(join instanceof Uint8Array && { join }) }
        return { out: { ok: value }, fx, permanent: true, report: used(10) }
      },
    },
    '/test/choose': {
      ...pure('choose', () => ({ ok: null })),
      run: async args => {
        const join = isMap(args.if) && 'ok' in args.if ? args.one : args.two
        const fx = { fork: [], ...(join instanceof Uint8Array && { join }) }
        return { out: { ok: null }, fx, permanent: true }
      },
    },
    '/test/count': {
      ...pure('count', () => ({ ok: null })),
      run: async ({ from, to, cmd }) => {
        ran.push(`count ${from}`)
        const [at, end] = [Number(from), Number(to)]
        const put = typeof cmd === 'string' ? [encode({ cmd, args: { value: at } })] : []
        const next = encode({ cmd: '/test/count', args: { from: at + 1, to: end, ...(cmd !== undefined && { cmd }) } })
        const fx = at < end ? { fork: put, join: next } : { fork: put }
        return { out: { ok: at }, fx, permanent: true, report: used(10) }
      },
    },
  } satisfies Record<string, PureCommand>
  const runtime = new Runtime({ store, world, commands, effects, signer: bob, seal: bobsSeal, ...told })
  const invocationOf = async (draft: Value) => {
    const compiled = good(await compile(draft))
    await store.commit({ blocks: [compiled.document, ...compiled.blocks] })
    const args = { workflow: compiled.document.cid }
    return invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce: randomBytes(12), exp: null }, bob)
  }
  const submit = async (draft: Value, options: SubmitOptions = {}) => {
    const events: RunEvent[] = []
    const result = await runtime.submit(await invocationOf(draft), { onEvent: event => events.push(event), ...options })
    return { result, events }
  }
  const run = async (draft: Value) => good((await submit(draft)).result)
  return { store, world, seen, ran, attempts, runtime, invocationOf, submit, run }
}

function outOfGas(gas: number): Execution {
  return { out: { error: { name: 'OutOfGas', message: `more than ${gas} gas` } }, permanent: false, report: used(gas) }
}

/** What a run of so much gas tells. */
function used(gas: number) {
  return { gas, memory: 0, output: 0, time: 1, log: '' }
}

/** What the handlers of these stories say; each is a function of `{label, task, error}`. */
function handler(fun: string, params: Value | undefined): Outcome {
  const [failure] = Array.isArray(params) ? params : []
  if (fun === 'ring') return { ok: { rewire: failure?.label === 'one' ? 'after two' : 'after one' } }
  if (fun === 'zero') return { ok: { ok: 0 } }
  if (fun === 'other') return { ok: { rewire: 'other' } }
  if (fun === 'itself') return { ok: { rewire: 'broken' } }
  if (fun === 'tell') return { ok: { msg: `seen: ${JSON.stringify(failure).includes('the guest trapped')}` } }
  return { error: { name: 'Trap', message: 'the handler trapped' } }
}

/** The value of a result that has to be good. */
export function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** One attempt that did nothing, and may be made again. */
export const refused: Attempt = { error: { name: 'Unavailable', message: 'try again later' }, verdict: 'again' }

/** One attempt whose answer was lost. */
export const lost: Attempt = { error: { name: 'Lost', message: 'no answer came' }, verdict: 'unknown' }

/** One attempt that the world answered with no. */
export const denied: Attempt = { error: { name: 'Denied', message: 'it will not be' }, verdict: 'final' }

/** What a workflow says that gives its failures to the handler of this name. */
export const caught = (fun: string) => ({ catch: { mod: new Uint8Array([0, 97, 115, 109]), fun } })

/** Longer than anything takes that was begun. */
export const aWhile = () => new Promise(resolve => setTimeout(resolve, 150))

/** Hardly a pause between attempts. */
export const quick = { retry: { backoff: [1, 'milliseconds'] } }

export type { TaskHandle }

/** How a task of Bob's ended, what was sealed of it opened. */
export async function revealed(store: Store, { out }: Pick<Receipt, 'out'>): Promise<Outcome> {
  return good(await openOutcome(out, cid => store.block(cid), bobsSeal))
}
