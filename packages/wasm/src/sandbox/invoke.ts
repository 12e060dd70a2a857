import type { FunctionType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import { OutputCrossed } from '../abi/memory.ts'
import { GuestTrap } from '../abi/trap.ts'
import { ComponentInstance, liftOf, UnsupportedCall } from '../component/instance.ts'
import type { Program } from '../component/program.ts'
import { GuestExit } from '../host/exit.ts'
import { hostState, type FindHostFunction } from '../host/host.ts'
import { RunLog } from '../host/log.ts'
import { engine } from '../engine.ts'
import { Meter, type CrossedQuota } from '../instrument/meter.ts'
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
import { stackOf, type StackFrame } from './stack.ts'
import { trapName } from './trap-name.ts'

/** How an invocation ended: with a value of the function's result type, none for a function without a result. */
export type InvocationResult = { readonly ok: WitValue | undefined } | { readonly error: InvocationFailure }

/** An invocation that ended, and what it used and wrote meanwhile. */
export interface Invoked {
  readonly result: InvocationResult
  readonly usage: Usage
  readonly log: string
  /** Where the guest was when it failed; empty where it did not. */
  readonly stack: readonly StackFrame[]
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
export function invoke(program: Program, { fun, args, quotas, seed }: Invocation, find = noImports): Invoked {
  const found = liftOf(program, fun)
  if (!found) throw new TypeError(`the function ${fun} was looked up before, and is not there`)
  const meter = new Meter(quotas, program.linkage.instances.length)
  const log = new RunLog()
  const state = hostState({ seed, log, charge: units => meter.charge(units) })
  meter.reserve(program.initialPages)
  let output = 0
  const ending = attempt(meter, () => {
    const instance = new ComponentInstance(program, meter, { state, find })
    const value = instance.run(found.index, args, quotas.output)
    output = instance.output
    return value
  })
  if ('thrown' in ending && ending.thrown instanceof OutputCrossed) output = ending.thrown.used
  const { gas, memory } = meter
  const result = outcomeOf(ending, found.lift.type, meter)
  const stack = 'error' in result && 'thrown' in ending ? stackOf(ending.thrown, program.modules) : []
  return { result, usage: { gas, memory, output }, log: log.text(), stack }
}

/** What a guest ended in. */
type Ending = { readonly value: WitValue | undefined } | { readonly thrown: unknown }

function attempt(meter: Meter, run: () => WitValue | undefined): Ending {
  if (meter.outOfMemory) return { value: undefined }
  try {
    return { value: run() }
  } catch (thrown) {
    return { thrown }
  }
}

/** Quotas come first: whether one was crossed depends on how much was used, and on nothing else. */
function outcomeOf(ending: Ending, type: FunctionType, meter: Meter): InvocationResult {
  const { outOfGas, outOfMemory, outOfStack, hostRefused } = meter
  if (outOfGas) return { error: gasQuota(outOfGas) }
  if (outOfMemory) return { error: memoryQuota(outOfMemory) }
  if (hostRefused) {
    return hostFailure('the host could not give the guest the memory that it may have; free some, or run it elsewhere')
  }
  if (outOfStack) return trapped('it recurses deeper than the stack of profile 1')
  if (!('thrown' in ending)) return { ok: ending.value }
  return ending.thrown instanceof GuestExit ? exited(ending.thrown, type) : failureOf(ending.thrown)
}

function failureOf(thrown: unknown): InvocationResult {
  if (thrown instanceof GuestTrap) return trapped(thrown.message)
  if (thrown instanceof OutputCrossed) return { error: outputQuota(thrown) }
  if (thrown instanceof engine.RuntimeError) return trapped(trapName(thrown.message))
  if (thrown instanceof UnsupportedCall) {
    const message = `the function reached ${thrown.feature}, which profile 1 does not have; build it without`
    return { error: { name: 'UnsupportedModule', message } }
  }
  if (thrown instanceof engine.LinkError) {
    return { error: { name: 'MalformedModule', message: `its core modules do not fit together: ${thrown.message}` } }
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
  return trapped(`the guest ended itself with ${how} (wasi:cli/exit)`)
}

function trapped(reason: string): InvocationResult {
  return { error: { name: 'Trap', message: `the function trapped: ${reason}` } }
}

function gasQuota({ used, limit }: CrossedQuota): OutOfGas {
  const message = `the function used more than ${limit} gas; raise "gas" in its config, or give it less to do`
  return { name: 'OutOfGas', message, used, limit }
}

function memoryQuota({ used, limit }: CrossedQuota): MemoryQuotaCrossed {
  const message = `the function wanted ${used} bytes of memory, where ${limit} are allowed; raise "memory" in its config, or give it less to do`
  return { name: 'MemoryQuota', message, used, limit }
}

function outputQuota({ used, limit }: CrossedQuota): OutputQuotaCrossed {
  const message = `the result is larger than ${limit} bytes; raise "output" in its config, or return less`
  return { name: 'OutputQuota', message, used, limit }
}

function hostFailure(message: string): InvocationResult {
  return { error: { name: 'HostFailure', message } }
}
