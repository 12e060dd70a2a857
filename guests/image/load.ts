// Runs the guest's core module by itself, without an executor: a fresh instance for every call.
import { readFileSync } from 'node:fs'

/** What a function of the world `image` gives back: `result<list<u8>, string>`. */
export type Answer = { ok: Uint8Array } | { error: string }

/** The functions of the world `image`; each call throws a `RuntimeError` of the engine when the guest traps. */
export interface ImageGuest {
  crop(png: Uint8Array, x: number, y: number, width: number, height: number): Answer
  rotate90(png: Uint8Array): Answer
  grayscale(png: Uint8Array): Answer
  blur(png: Uint8Array, sigma: number): Answer
}

/** A compiled core module. */
export interface CoreModule {
  readonly [Symbol.toStringTag]?: 'WebAssembly.Module'
}

// What is used of the engine here; TypeScript declares it only together with all of a browser's globals.
interface Engine {
  readonly Module: {
    new (bytes: Uint8Array<ArrayBuffer>): CoreModule
    imports(core: CoreModule): { module: string; name: string }[]
  }
  readonly Instance: new (core: CoreModule) => { readonly exports: Readonly<Record<string, unknown>> }
  readonly Memory: abstract new (...args: never[]) => { readonly buffer: ArrayBuffer }
}

const engine: Engine = Reflect.get(globalThis, 'WebAssembly')

/** The compiled core module of the component at `path`. */
export function loadCore(path: URL): CoreModule {
  return compileCore(coreOf(readFileSync(path)))
}

export function compileCore(core: Uint8Array<ArrayBuffer>): CoreModule {
  return new engine.Module(core)
}

/** What a module needs from its host. */
export function importsOf(core: CoreModule): { module: string; name: string }[] {
  return engine.Module.imports(core)
}

/** The functions of `core`, which has no imports. */
export function imageGuest(core: CoreModule): ImageGuest {
  const call = (name: string, png: Uint8Array, ...rest: number[]) => {
    const { memory, cabi_realloc, [name]: run } = new engine.Instance(core).exports
    if (!(memory instanceof engine.Memory) || !isFunction(cabi_realloc) || !isFunction(run)) {
      throw new TypeError(`the core module does not export ${name}, memory and cabi_realloc`)
    }
    const at = cabi_realloc(0, 0, 1, png.length)
    new Uint8Array(memory.buffer).set(png, at)
    // Before the buffer is read: the call may grow the memory, which replaces it.
    const answer = run(at, png.length, ...rest)
    return readAnswer(memory.buffer, answer)
  }
  return {
    crop: (png, x, y, width, height) => call('crop', png, x, y, width, height),
    rotate90: png => call('rotate90', png),
    grayscale: png => call('grayscale', png),
    blur: (png, sigma) => call('blur', png, sigma),
  }
}

function isFunction(value: unknown): value is (...args: number[]) => number {
  return typeof value === 'function'
}

function readAnswer(memory: ArrayBuffer, at: number): Answer {
  const view = new DataView(memory)
  const bytes = new Uint8Array(memory, view.getUint32(at + 4, true), view.getUint32(at + 8, true)).slice()
  return view.getUint8(at) === 0 ? { ok: bytes } : { error: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
}

/** The only core module inside a component: its section 1 (component model, Binary.md § Component Definitions). */
export function coreOf(component: Uint8Array): Uint8Array<ArrayBuffer> {
  const modules: Uint8Array<ArrayBuffer>[] = []
  for (let at = 8; at < component.length; ) {
    const id = component[at++]
    let size = 0
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = component[at++] ?? 0
      size += (byte & 0x7f) * 2 ** shift
    }
    if (id === 1) modules.push(new Uint8Array(component.subarray(at, at + size)))
    at += size
  }
  const [core] = modules
  if (!core || modules.length !== 1) throw new TypeError(`the component holds ${modules.length} core modules, not one`)
  return core
}
