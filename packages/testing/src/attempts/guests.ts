import { decodeJson, encode, encodeJson, isMap, rawBlock, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import type { Execution, PureCommand } from '@ipvm/runtime'
import { awaitValue, noNonce, taskName, type Branch, type Task } from '@ipvm/ucan'

/** A task as a function asks for it, or as a document has it. */
export interface Asked extends Pick<Task, 'cmd' | 'args'> {
  readonly nonce?: Uint8Array
}

/** The module of all functions, as far as a task's name says. */
export const guest: CID = rawBlock(new TextEncoder().encode('guests of attempts')).cid

/** A function that gives its argument. */
export function echo(value: Value): Asked {
  return call('echo', [value])
}

/** A function that gives the first item of its argument. */
export function first(list: readonly Value[]): Asked {
  return call('first', [[...list]])
}

/** A function that fails. */
export function trap(about: Value): Asked {
  return call('trap', [about])
}

/** A function that asks for tasks. */
export function asks(value: Value, fork: readonly Asked[], join?: Asked): Asked {
  return call('ask', [value, { fork: fork.map(bytesOf), ...(join && { join: bytesOf(join) }) }])
}

/** The name of a function that says something, such as a handler. */
export function saying(value: Value): string {
  return `say ${encodeJson(value)}`
}

/** The promise of a task that is asked for along. */
export function promiseOf({ cmd, args, nonce = noNonce }: Asked, branch: Branch = 'ok'): Value {
  return awaitValue({ branch, target: taskName({ cmd, args, nonce }) })
}

/** A task as bytes, as a function gives it. */
export function bytesOf({ cmd, args, nonce }: Asked): Uint8Array {
  return encode({ cmd, args, ...(nonce && { nonce }) })
}

function call(fun: string, params: readonly Value[]): Asked {
  return { cmd: '/wasm/run', args: { mod: guest, fun, params } }
}

/** Runs these functions. */
export const guests: PureCommand = {
  profile: 'attempts/1',
  runs: ['mod'],
  parallel: 8,
  run: async ({ fun, params }: ValueMap): Promise<Execution> => {
    const [value = null, fx = null] = Array.isArray(params) ? params : []
    if (fun === 'echo') return gives(value)
    if (fun === 'first') return gives(Array.isArray(value) ? (value[0] ?? null) : null)
    if (fun === 'ask') return { ...gives(value), fx: askedIn(fx) }
    const said = typeof fun === 'string' && fun.startsWith('say ') ? decodeJson(fun.slice('say '.length)) : undefined
    if (!said || 'error' in said) return { out: { error: { name: 'Trap', message: 'the guest trapped' } }, ...rest }
    // One that says what to ask for asks for it.
    return isMap(said.ok) && said.ok.fork !== undefined ? { ...gives(null), fx: askedIn(said.ok) } : gives(said.ok)
  },
}

const rest = { permanent: true, report: { gas: 10, memory: 0, output: 0, time: 1, log: '' } } as const

function gives(value: Value): Execution {
  return { out: { ok: value }, ...rest }
}

function askedIn(fx: Value) {
  const { fork = [], join } = isMap(fx) ? fx : {}
  const tasks = Array.isArray(fork) ? fork.filter(task => task instanceof Uint8Array) : []
  return { fork: tasks, ...(join instanceof Uint8Array && { join }) }
}
