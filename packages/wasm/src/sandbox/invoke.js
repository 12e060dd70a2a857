import { OutputCrossed } from '../abi/memory.js'
import { GuestTrap } from '../abi/trap.js'
import { ComponentInstance, liftOf, UnsupportedCall } from '../component/instance.js'
import { GuestExit } from '../host/exit.js'
import { hostState } from '../host/host.js'
import { RunLog } from '../host/log.js'
import { engine } from '../engine.js'
import { Meter } from '../instrument/meter.js'
import { trapName } from './trap-name.js'
const noImports = () => undefined
/**
 * Runs an exported function in a fresh instance, in this thread, to its end: nothing here can stop it but gas. `find` is
 * what the imports are served from, `hostFunction`: it takes a while to load, and most programs have none.
 */
export function invoke(program, { fun, args, quotas, seed }, find = noImports) {
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
  const { gas, memory } = meter
  return { result: outcomeOf(ending, found.lift.type, meter), usage: { gas, memory, output }, log: log.text() }
}
function attempt(meter, run) {
  if (meter.outOfMemory) return { value: undefined }
  try {
    return { value: run() }
  } catch (thrown) {
    return { thrown }
  }
}
/** Quotas come first: whether one was crossed depends on how much was used, and on nothing else. */
function outcomeOf(ending, type, meter) {
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
function failureOf(thrown) {
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
function exited({ status }, { result }) {
  if (status === 0 && !result) return { ok: undefined }
  if (status === 0 && result?.kind === 'result' && !result.ok) return { ok: { case: 0 } }
  const how = status === 0 ? 'success, but without a result' : status === undefined ? 'a failure' : `status ${status}`
  return trapped(`the guest ended itself with ${how} (wasi:cli/exit)`)
}
function trapped(reason) {
  return { error: { name: 'Trap', message: `the function trapped: ${reason}` } }
}
function gasQuota({ used, limit }) {
  const message = `the function used more than ${limit} gas; raise "gas" in its config, or give it less to do`
  return { name: 'OutOfGas', message, used, limit }
}
function memoryQuota({ used, limit }) {
  const message = `the function wanted ${used} bytes of memory, where ${limit} are allowed; raise "memory" in its config, or give it less to do`
  return { name: 'MemoryQuota', message, used, limit }
}
function outputQuota({ used, limit }) {
  const message = `the result is larger than ${limit} bytes; raise "output" in its config, or return less`
  return { name: 'OutputQuota', message, used, limit }
}
function hostFailure(message) {
  return { error: { name: 'HostFailure', message } }
}
//# sourceMappingURL=invoke.js.map
