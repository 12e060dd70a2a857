import type { WitValue } from '@ipvm/wit/value'
import { OutputCrossed } from '../abi/memory.ts'
import { GuestTrap } from '../abi/trap.ts'
import { ComponentInstance, liftOf, UnsupportedCall } from '../component/instance.ts'
import type { Program } from '../component/program.ts'
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

/** Runs an exported function in a fresh instance, in this thread, to its end: nothing here can stop it but gas. */
export function invoke(program: Program, { fun, args, quotas }: Invocation): Invoked {
  const found = liftOf(program, fun)
  if (!found) throw new TypeError(`the function ${fun} was looked up before, and is not there`)
  const meter = new Meter(quotas, program.linkage.instances.length)
  meter.reserve(program.initialPages)
  let output = 0
  const ending = attempt(meter, () => {
    const instance = new ComponentInstance(program, meter)
    const value = instance.run(found.index, args, quotas.output)
    output = instance.output
    return value
  })
  const { gas, memory } = meter
  return { result: outcomeOf(ending, meter), usage: { gas, memory, output }, log: '' }
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
function outcomeOf(ending: Ending, meter: Meter): InvocationResult {
  const { outOfGas, outOfMemory, outOfStack, hostRefused } = meter
  if (outOfGas) return { error: gasQuota(outOfGas) }
  if (outOfMemory) return { error: memoryQuota(outOfMemory) }
  if (hostRefused) {
    return hostFailure('the host could not give the guest the memory that it may have; free some, or run it elsewhere')
  }
  if (outOfStack) return trapped('it recurses deeper than the stack of profile 1')
  return 'thrown' in ending ? failureOf(ending.thrown) : { ok: ending.value }
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
