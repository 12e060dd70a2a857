import type { FunctionType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import { GuestTrap } from '../abi/trap.ts'
import { ComponentInstance, type Host, liftOf, UnsupportedCall } from '../component/instance.ts'
import type { Program } from '../component/program.ts'
import { GuestExit } from '../host/exit.ts'
import { hostState, type FindHostFunction } from '../host/host.ts'
import { RunLog } from '../host/log.ts'
import { engine } from '../engine.ts'
import { MemoryQuota } from '../instrument/quota.ts'
import { pageBytes } from '../limits.ts'
import type {
  HostFailure,
  MalformedModule,
  MemoryQuotaCrossed,
  OutOfGas,
  OutputQuotaCrossed,
  Trap,
  UnsupportedModule,
} from './failure.ts'
import type { Quotas, Usage } from './run.ts'
import { trapName } from './trap-name.ts'

/** How an invocation ended: with a value of the function's result type, none for a function without a result. */
export type InvocationResult = { readonly ok: WitValue | undefined } | { readonly error: InvocationFailure }

/** An invocation that ended, and what it used and wrote meanwhile. */
export interface Invoked {
  readonly result: InvocationResult
  readonly usage: Usage
  readonly log: string
}

/** What can end an invocation other than its end. */
export type InvocationFailure =
  | Trap
  | OutOfGas
  | MemoryQuotaCrossed
  | OutputQuotaCrossed
  | HostFailure
  | MalformedModule
  | UnsupportedModule

/** One call of an exported function. */
export interface Invocation {
  /** The exact name of an export. */
  readonly fun: string
  /** Values of the function's parameter types. */
  readonly args: readonly WitValue[]
  readonly quotas: Quotas
  /** What the guest's random numbers are drawn from. */
  readonly seed: Uint8Array
}

const noImports: FindHostFunction = () => undefined

/**
 * Runs an exported function in a fresh instance, in this thread, to its end: nothing here can stop it but gas. `find` is
 * what the imports are served from, `hostFunction`: it takes a while to load, and most programs have none.
 */
export function invoke(program: Program, invocation: Invocation, find = noImports): Invoked {
  const log = new RunLog()
  const state = hostState({ seed: invocation.seed, log, charge: () => undefined })
  const result = resultOf(program, invocation, { state, find })
  return { result, usage: { gas: 0, memory: 0, output: 0 }, log: log.text() }
}

function resultOf(program: Program, { fun: name, args, quotas: { memory } }: Invocation, host: Host): InvocationResult {
  const found = liftOf(program, name)
  if (!found) throw new TypeError(`the function ${name} was looked up before, and is not there`)
  const initial = program.initialPages * pageBytes
  if (initial > memory) return { error: memoryQuota(initial, memory) }
  const grows = program.modules.some(module => module.guard)
  const quota = grows ? new MemoryQuota(memory, program.initialPages) : undefined
  try {
    return { ok: new ComponentInstance(program, quota, host).call(found.index, args) }
  } catch (thrown) {
    if (thrown instanceof GuestExit) return exited(thrown, found.lift.type)
    return { error: failureOf(thrown, quota) }
  }
}

function failureOf(thrown: unknown, quota: MemoryQuota | undefined): InvocationFailure {
  const crossed = quota?.crossed
  if (crossed) return memoryQuota(crossed.used, crossed.limit)
  if (quota?.hostRefused) {
    return hostFailure('the host could not give the guest the memory that it may have; free some, or run it elsewhere')
  }
  if (thrown instanceof GuestTrap) return trapped(thrown.message)
  if (thrown instanceof engine.RuntimeError) return trapped(trapName(thrown.message))
  if (thrown instanceof UnsupportedCall) {
    const message = `the function reached ${thrown.feature}, which profile 1 does not have; build it without`
    return { name: 'UnsupportedModule', message }
  }
  if (thrown instanceof engine.LinkError) {
    return { name: 'MalformedModule', message: `its core modules do not fit together: ${thrown.message}` }
  }
  if (thrown instanceof RangeError) {
    const isStack = /call stack/i.test(thrown.message)
    return hostFailure(
      isStack
        ? 'the guest needs more stack than this host has; make it recurse less'
        : `the host could not hold the guest's data: ${thrown.message}`,
    )
  }
  throw thrown
}

/** A success is a success where the function has nothing to give; all other exits leave it without its result. */
function exited({ status }: GuestExit, { result }: FunctionType): InvocationResult {
  if (status === 0 && !result) return { ok: undefined }
  if (status === 0 && result?.kind === 'result' && !result.ok) return { ok: { case: 0 } }
  const how = status === 0 ? 'success, but without a result' : status === undefined ? 'a failure' : `status ${status}`
  return { error: trapped(`the guest ended itself with ${how} (wasi:cli/exit)`) }
}

function trapped(reason: string): Trap {
  return { name: 'Trap', message: `the function trapped: ${reason}` }
}

function memoryQuota(used: number, limit: number): MemoryQuotaCrossed {
  const message = `the function wanted ${used} bytes of memory, where ${limit} are allowed; allow it more, or give it less to do`
  return { name: 'MemoryQuota', message, used, limit }
}

function hostFailure(message: string): HostFailure {
  return { name: 'HostFailure', message }
}
