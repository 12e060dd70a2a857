import { liftParams, liftResult, lowerParams, lowerResult } from '../abi/call.js'
import { HandleTable } from '../abi/handle.js'
import { GuestMemory } from '../abi/memory.js'
import { trap } from '../abi/trap.js'
import { engine } from '../engine.js'
import { gasPerHostCall } from '../gas/cost.js'
import { stackWordsMax } from '../limits.js'
/** The guest reached a function that needs a feature which ipvm does not have. Thrown through its frames, as a trap is. */
export class UnsupportedCall extends Error {
  feature
  constructor(feature) {
    super(feature)
    this.feature = feature
  }
}
/**
 * One instance of a component, made by following its linkage step by step. Everything is synchronous, and everything
 * that a guest does in it (start functions, `cabi_realloc`, calls) can throw a trap.
 */
export class ComponentInstance {
  #program
  #meter
  #host
  #instances = []
  /** How many of them are there, their start functions done. */
  #started = 0
  #lowered = new Map()
  /** Component instances that a call is inside of: none is entered twice (Component Model § Invariants). */
  #entered = []
  /** Component instances that may not call out: they are inside `realloc` or `post-return`. */
  #confined = []
  /** Handles of host resources, by component instance. */
  #handles = new Map()
  /** Words of stack that are left for what the host calls. */
  #depth = stackWordsMax
  #output = 0
  /** @param host what its imports are served from */
  constructor(program, meter, host) {
    this.#program = program
    this.#meter = meter
    this.#host = host
    program.linkage.instances.forEach((_, i) => {
      this.#instantiate(i)
    })
  }
  /** Bytes of the result of {@link ComponentInstance.run}. */
  get output() {
    return this.#output
  }
  /** Calls an exported function, with arguments of its type, for a caller who takes so many bytes at most. */
  run(liftIndex, values, output) {
    const { options } = entry(this.#program.linkage.lifts, liftIndex)
    const memory = this.#memory(options, { output })
    const result = this.#enter(liftIndex, values, memory)
    this.#output = memory.taken
    return result
  }
  #enter(liftIndex, values, memory) {
    const lift = entry(this.#program.linkage.lifts, liftIndex)
    const { type, options, component } = lift
    if (this.#entered[component]) trap('a component was called while it was running')
    this.#entered[component] = true
    const args = this.#confine(component, () => lowerParams(memory, type, values))
    const returned = this.#function(lift.core)(...args)
    const core = returned === undefined ? [] : [returned]
    const result = liftResult(memory, type, core)
    const { postReturn } = options
    if (postReturn) this.#confine(component, () => this.#function(postReturn)(...core))
    this.#entered[component] = false
    return result
  }
  #instantiate(index) {
    const { module, args, initialize } = entry(this.#program.linkage.instances, index)
    const { compiled, meter: names, gas } = entry(this.#program.modules, module)
    const given = args.map(arg => [arg.name, this.#namespace(arg)])
    const metered = this.#meter.imports(names, entry(this.#program.memoryCaps, index))
    this.#meter.charge(gas)
    const instance = new engine.Instance(compiled, Object.fromEntries([...given, [names.namespace, metered]]))
    this.#instances.push(instance)
    const counter = instance.exports[names.gas]
    if (!(counter instanceof engine.Global)) throw new TypeError('a rewritten module without its counter')
    this.#meter.watch(counter)
    if (names.start !== undefined) this.#call(instance.exports[names.start])()
    this.#started = index + 1
    if (initialize !== undefined) this.#call(instance.exports[initialize])()
  }
  #namespace(arg) {
    if ('instance' in arg) return entry(this.#instances, arg.instance).exports
    return Object.fromEntries(arg.exports.map(([name, item]) => [name, this.#item(item)]))
  }
  #item(item) {
    if ('instance' in item) return this.#made(item.instance).exports[item.name]
    if ('lower' in item) return this.#lower(item.lower)
    if ('drop' in item) return handle => this.#drop(item, handle)
    return () => {
      throw new UnsupportedCall(item.unsupported)
    }
  }
  /** In a core module on its own, imports use the memory of the instance that imports them: not before it is there. */
  #made(index) {
    if (index >= this.#started) trap('a call of an import out of a start function')
    return entry(this.#instances, index)
  }
  #function(item) {
    return this.#call(this.#item(item))
  }
  /** A guest's function as the host calls it: with the stack that is left. */
  #call(item) {
    if (typeof item !== 'function') throw new TypeError('a core function that is not one: the check has a bug')
    return (...args) => {
      this.#meter.depth = this.#depth
      // The function type's own result arity is checked with the signature, so what comes back is a core value or nothing.
      return Reflect.apply(item, undefined, args)
    }
  }
  #memory(options, more = {}) {
    const memory = options.memory && this.#item(options.memory)
    const { realloc } = options
    return new GuestMemory({
      encoding: options.encoding,
      memory: memory instanceof engine.Memory ? memory : undefined,
      realloc: realloc && this.#function(realloc),
      charge: bytes => this.#meter.chargeBytes(bytes),
      ...more,
    })
  }
  /** `canon lower`: a core function that calls a component function. */
  #lower(index) {
    const known = this.#lowered.get(index)
    if (known) return known
    const lower = entry(this.#program.linkage.lowers, index)
    const { callee } = lower
    const lowered =
      'lift' in callee ? (...core) => this.#callLift(lower, callee.lift, core) : this.#hostCaller(lower, callee)
    this.#lowered.set(index, lowered)
    return lowered
  }
  #callLift({ type, options, component }, lift, core) {
    if (this.#confined[component]) trap('a call out of cabi_realloc or post-return')
    return this.#outside(() => {
      const memory = this.#memory(options)
      const called = this.#memory(entry(this.#program.linkage.lifts, lift).options)
      const result = this.#enter(lift, liftParams(memory, type, core), called)
      return this.#confine(component, () => lowerResult(memory, type, result, core))
    })
  }
  #hostCaller({ type, options, component }, { host, name }) {
    const found = this.#host.find(host, name)
    if (!found) throw new TypeError(`the import ${name} in a module that was checked`)
    const handles = this.#handlesOf(component)
    return (...core) => {
      if (this.#confined[component]) trap('a call out of cabi_realloc or post-return')
      return this.#outside(() => {
        const memory = this.#memory(options, { handles })
        const result = found.run(this.#host.state, liftParams(memory, type, core))
        const lowered = this.#confine(component, () => lowerResult(memory, type, result, core))
        handles.endLending()
        return lowered
      })
    }
  }
  /** A call out of a guest: what is called has the stack that its caller has left. After a trap nothing runs any more. */
  #outside(run) {
    const outer = this.#depth
    this.#meter.charge(gasPerHostCall)
    this.#depth = this.#meter.enterHost()
    const value = run()
    this.#depth = outer
    return value
  }
  /** `canon resource.drop`. Nothing happens in the host: what its handles are of has no end. */
  #drop({ drop, component }, handle) {
    if (this.#confined[component]) trap('a call out of cabi_realloc or post-return')
    this.#handlesOf(component).take(handle >>> 0, drop)
  }
  #handlesOf(component) {
    const known = this.#handles.get(component) ?? new HandleTable()
    this.#handles.set(component, known)
    return known
  }
  #confine(component, run) {
    const already = this.#confined[component]
    this.#confined[component] = true
    const value = run()
    // After a trap nothing runs any more, so there is nothing to undo then.
    if (!already) this.#confined[component] = false
    return value
  }
}
function entry(list, index) {
  const found = list[index]
  if (found === undefined) throw new TypeError('a linkage that refers to nothing: linking has a bug')
  return found
}
/** The lift behind a name of {@link Program.functions}. */
export function liftOf(program, name) {
  const found = program.linkage.exports.find(exported => exported.name === name)
  const lift = found && program.linkage.lifts[found.lift]
  return found && lift ? { index: found.lift, lift } : undefined
}
//# sourceMappingURL=instance.js.map
