import type {
  CoreArgument,
  CoreExports,
  CoreItem,
  FunctionSource,
  Lift,
  LinkedOptions,
  Lower,
} from '@ipvm/wit/component'
import type { WitValue } from '@ipvm/wit/value'
import { liftParams, liftResult, lowerParams, lowerResult } from '../abi/call.ts'
import type { CoreValue } from '../abi/layout.ts'
import { HandleTable } from '../abi/handle.ts'
import { GuestMemory, type GuestOptions } from '../abi/memory.ts'
import { trap } from '../abi/trap.ts'
import { engine, type ImportObject, type Instance } from '../engine.ts'
import { gasPerHostCall } from '../gas/cost.ts'
import type { FindHostFunction, HostState } from '../host/host.ts'
import type { Meter } from '../instrument/meter.ts'
import { stackWordsMax } from '../limits.ts'
import type { Program } from './program.ts'

/** What the imports of an instance are served from. */
export interface Host {
  readonly state: HostState
  readonly find: FindHostFunction
}

/** A function of the host. */
type HostSource = Exclude<FunctionSource, { readonly lift: number }>

/** A core function as the engine gives it. Signatures are checked before the component is run. */
type CoreFunction = (...args: CoreValue[]) => CoreValue | undefined

/** The guest reached a function that needs a feature which ipvm does not have. Thrown through its frames, as a trap is. */
export class UnsupportedCall extends Error {
  readonly feature: string

  constructor(feature: string) {
    super(feature)
    this.feature = feature
  }
}

/**
 * One instance of a component, made by following its linkage step by step. Everything is synchronous, and everything
 * that a guest does in it (start functions, `cabi_realloc`, calls) can throw a trap.
 */
export class ComponentInstance {
  readonly #program: Program
  readonly #meter: Meter
  readonly #host: Host
  readonly #instances: Instance[] = []
  /** How many of them are there, their start functions done. */
  #started = 0
  readonly #lowered = new Map<number, CoreFunction>()
  readonly #namespaces = new Map<CoreExports, ImportObject[string]>()
  /** Component instances that a call is inside of: none is entered twice (Component Model § Invariants). */
  readonly #entered: boolean[] = []
  /** Component instances that may not call out: they are inside `realloc` or `post-return`. */
  readonly #confined: boolean[] = []
  /** Handles of host resources, by component instance. */
  readonly #handles = new Map<number, HandleTable>()

  /** Words of stack that are left for what the host calls. */
  #depth = stackWordsMax
  #output = 0

  /** @param host what its imports are served from */
  constructor(program: Program, meter: Meter, host: Host) {
    this.#program = program
    this.#meter = meter
    this.#host = host
    program.linkage.instances.forEach((_, i) => {
      this.#instantiate(i)
    })
  }

  /** Bytes of the result of {@link ComponentInstance.run}. */
  get output(): number {
    return this.#output
  }

  /** Calls an exported function, with arguments of its type, for a caller who takes so many bytes at most. */
  run(liftIndex: number, values: readonly WitValue[], output: number): WitValue | undefined {
    const { options } = entry(this.#program.linkage.lifts, liftIndex)
    const memory = this.#memory(options, { output })
    const result = this.#enter(liftIndex, values, memory)
    this.#output = memory.taken
    return result
  }

  #enter(liftIndex: number, values: readonly WitValue[], memory: GuestMemory): WitValue | undefined {
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

  #instantiate(index: number): void {
    const { module, args, initialize } = entry(this.#program.linkage.instances, index)
    const { compiled, meter: names, gas } = entry(this.#program.modules, module)
    const given = args.map(arg => [arg.name, this.#namespace(arg)] as const)
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

  #namespace(arg: CoreArgument): ImportObject[string] {
    if ('instance' in arg) return entry(this.#instances, arg.instance).exports
    // One list may be passed to all instances, and be long.
    const known = this.#namespaces.get(arg.exports)
    if (known) return known
    const made = Object.fromEntries(arg.exports.map(([name, item]) => [name, this.#item(item)]))
    this.#namespaces.set(arg.exports, made)
    return made
  }

  #item(item: CoreItem): unknown {
    if ('instance' in item) return this.#made(item.instance).exports[item.name]
    if ('lower' in item) return this.#lower(item.lower)
    if ('drop' in item) return (handle: number) => this.#drop(item, handle)
    return () => {
      throw new UnsupportedCall(item.unsupported)
    }
  }

  /** In a core module on its own, imports use the memory of the instance that imports them: not before it is there. */
  #made(index: number): Instance {
    if (index >= this.#started) trap('a call of an import out of a start function')
    return entry(this.#instances, index)
  }

  #function(item: CoreItem): CoreFunction {
    return this.#call(this.#item(item))
  }

  /** A guest's function as the host calls it: with the stack that is left. */
  #call(item: unknown): CoreFunction {
    if (typeof item !== 'function') throw new TypeError('a core function that is not one: the check has a bug')
    return (...args) => {
      this.#meter.depth = this.#depth
      // The function type's own result arity is checked with the signature, so what comes back is a core value or nothing.
      return Reflect.apply(item, undefined, args)
    }
  }

  #memory(options: LinkedOptions, more: Pick<GuestOptions, 'output' | 'handles'> = {}): GuestMemory {
    const memory = options.memory && this.#item(options.memory)
    const { realloc } = options
    return new GuestMemory({
      encoding: options.encoding,
      memory: memory instanceof engine.Memory ? memory : undefined,
      realloc: realloc && this.#function(realloc),
      charge: units => this.#meter.charge(units),
      ...more,
    })
  }

  /** `canon lower`: a core function that calls a component function. */
  #lower(index: number): CoreFunction {
    const known = this.#lowered.get(index)
    if (known) return known
    const lower = entry(this.#program.linkage.lowers, index)
    const { callee } = lower
    const lowered: CoreFunction =
      'lift' in callee ? (...core) => this.#callLift(lower, callee.lift, core) : this.#hostCaller(lower, callee)
    this.#lowered.set(index, lowered)
    return lowered
  }

  #callLift({ type, options, component }: Lower, lift: number, core: readonly CoreValue[]): CoreValue | undefined {
    if (this.#confined[component]) trap('a call out of cabi_realloc or post-return')
    return this.#outside(() => {
      const memory = this.#memory(options)
      const called = this.#memory(entry(this.#program.linkage.lifts, lift).options)
      const result = this.#enter(lift, liftParams(memory, type, core), called)
      return this.#confine(component, () => lowerResult(memory, type, result, core))
    })
  }

  #hostCaller({ type, options, component }: Lower, { host, name }: HostSource): CoreFunction {
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
  #outside<T>(run: () => T): T {
    const outer = this.#depth
    this.#meter.charge(gasPerHostCall)
    this.#depth = this.#meter.enterHost()
    const value = run()
    this.#depth = outer
    return value
  }

  /** `canon resource.drop`. Nothing happens in the host: what its handles are of has no end. */
  #drop({ drop, component }: { readonly drop: string; readonly component: number }, handle: number): void {
    if (this.#confined[component]) trap('a call out of cabi_realloc or post-return')
    this.#handlesOf(component).take(handle >>> 0, drop)
  }

  #handlesOf(component: number): HandleTable {
    const known = this.#handles.get(component) ?? new HandleTable()
    this.#handles.set(component, known)
    return known
  }

  #confine<T>(component: number, run: () => T): T {
    const already = this.#confined[component]
    this.#confined[component] = true
    const value = run()
    // After a trap nothing runs any more, so there is nothing to undo then.
    if (!already) this.#confined[component] = false
    return value
  }
}

function entry<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new TypeError('a linkage that refers to nothing: linking has a bug')
  return found
}

/** The lift behind a name of {@link Program.functions}. */
export function liftOf(program: Program, name: string): { readonly index: number; readonly lift: Lift } | undefined {
  const found = program.linkage.exports.find(exported => exported.name === name)
  const lift = found && program.linkage.lifts[found.lift]
  return found && lift ? { index: found.lift, lift } : undefined
}
