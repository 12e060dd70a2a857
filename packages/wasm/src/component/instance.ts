import type { CoreArgument, CoreItem, FunctionSource, Lift, LinkedOptions, Lower } from '@ipvm/wit/component'
import type { WitValue } from '@ipvm/wit/value'
import { liftParams, liftResult, lowerParams, lowerResult } from '../abi/call.ts'
import type { CoreValue } from '../abi/layout.ts'
import { HandleTable } from '../abi/handle.ts'
import { GuestMemory } from '../abi/memory.ts'
import { trap } from '../abi/trap.ts'
import { engine, type ImportObject, type Instance } from '../engine.ts'
import type { FindHostFunction, HostState } from '../host/host.ts'
import type { MemoryQuota } from '../instrument/quota.ts'
import type { Guard } from '../instrument/guard.ts'
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
  readonly #quota: MemoryQuota | undefined
  readonly #host: Host
  readonly #instances: Instance[] = []
  /** How many of them are there, their start functions done. */
  #started = 0
  readonly #lowered = new Map<number, CoreFunction>()
  /** Component instances that a call is inside of: none is entered twice (Component Model § Invariants). */
  readonly #entered = new Set<number>()
  /** Component instances that may not call out: they are inside `realloc` or `post-return`. */
  readonly #confined = new Set<number>()
  /** Handles of host resources, by component instance. */
  readonly #handles = new Map<number, HandleTable>()

  /** @param quota needed if the program grows memory; @param host what its imports are served from */
  constructor(program: Program, quota: MemoryQuota | undefined, host: Host) {
    this.#program = program
    this.#host = host
    this.#quota = quota
    program.linkage.instances.forEach((_, i) => {
      this.#instantiate(i)
    })
  }

  /** Calls an exported function, with arguments of its type. */
  call(liftIndex: number, values: readonly WitValue[]): WitValue | undefined {
    const lift = entry(this.#program.linkage.lifts, liftIndex)
    const { type, options, component } = lift
    if (this.#entered.has(component)) trap('a component was called while it was running')
    this.#entered.add(component)
    const memory = this.#memory(options)
    const args = this.#confine(component, () => lowerParams(memory, type, values))
    const returned = this.#function(lift.core)(...args)
    const core = returned === undefined ? [] : [returned]
    const result = liftResult(memory, type, core)
    const { postReturn } = options
    if (postReturn) this.#confine(component, () => this.#function(postReturn)(...core))
    this.#entered.delete(component)
    return result
  }

  #instantiate(index: number): void {
    const { module, args, initialize } = entry(this.#program.linkage.instances, index)
    const { compiled, guard } = entry(this.#program.modules, module)
    const instance = new engine.Instance(
      compiled,
      Object.fromEntries(args.map(arg => [arg.name, this.#namespace(arg)])),
    )
    this.#instances.push(instance)
    if (guard) this.#startGuarded(instance, guard, index)
    this.#started = index + 1
    if (initialize !== undefined) toFunction(instance.exports[initialize])()
  }

  #startGuarded(instance: Instance, guard: Guard, index: number): void {
    const table = instance.exports[guard.table]
    const cap = instance.exports[guard.cap]
    if (!(table instanceof engine.Table) || !(cap instanceof engine.Global))
      throw new TypeError('a guard without parts')
    table.set(0, this.#quota?.reserve)
    cap.value = entry(this.#program.memoryCaps, index)
    if (guard.start !== undefined) toFunction(instance.exports[guard.start])()
  }

  #namespace(arg: CoreArgument): ImportObject[string] {
    if ('instance' in arg) return entry(this.#instances, arg.instance).exports
    return Object.fromEntries(arg.exports.map(([name, item]) => [name, this.#item(item)]))
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
    return toFunction(this.#item(item))
  }

  #memory(options: LinkedOptions, handles?: HandleTable): GuestMemory {
    const memory = options.memory && this.#item(options.memory)
    const { realloc } = options
    return new GuestMemory({
      encoding: options.encoding,
      memory: memory instanceof engine.Memory ? memory : undefined,
      realloc: realloc && this.#function(realloc),
      ...(handles && { handles }),
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
    if (this.#confined.has(component)) trap('a call out of cabi_realloc or post-return')
    const memory = this.#memory(options)
    const result = this.call(lift, liftParams(memory, type, core))
    return this.#confine(component, () => lowerResult(memory, type, result, core))
  }

  #hostCaller({ type, options, component }: Lower, { host, name }: HostSource): CoreFunction {
    const found = this.#host.find(host, name)
    if (!found) throw new TypeError(`the import ${name} in a module that was checked`)
    const handles = this.#handlesOf(component)
    return (...core) => {
      if (this.#confined.has(component)) trap('a call out of cabi_realloc or post-return')
      const memory = this.#memory(options, handles)
      const result = found.run(this.#host.state, liftParams(memory, type, core))
      const lowered = this.#confine(component, () => lowerResult(memory, type, result, core))
      handles.endLending()
      return lowered
    }
  }

  /** `canon resource.drop`. Nothing happens in the host: what its handles are of has no end. */
  #drop({ drop, component }: { readonly drop: string; readonly component: number }, handle: number): void {
    if (this.#confined.has(component)) trap('a call out of cabi_realloc or post-return')
    this.#handlesOf(component).take(handle >>> 0, drop)
  }

  #handlesOf(component: number): HandleTable {
    const known = this.#handles.get(component) ?? new HandleTable()
    this.#handles.set(component, known)
    return known
  }

  #confine<T>(component: number, run: () => T): T {
    const already = this.#confined.has(component)
    this.#confined.add(component)
    const value = run()
    // After a trap nothing runs any more, so there is nothing to undo then.
    if (!already) this.#confined.delete(component)
    return value
  }
}

/** The function type's own result arity is checked with the signature, so what comes back is a core value or nothing. */
function toFunction(exported: unknown): CoreFunction {
  if (typeof exported !== 'function') throw new TypeError('a core function that is not one: the check has a bug')
  return (...args) => Reflect.apply(exported, undefined, args)
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
