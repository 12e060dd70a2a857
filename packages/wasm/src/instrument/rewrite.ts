import type { Result } from '@ipvm/ipld'
import { Refusal } from '@ipvm/wit/component'
import { engine } from '../engine.ts'
import type { CoreModule } from '../module/core-module.ts'
import { unsupportedFeature, type MalformedModule, type UnsupportedModule } from '../module/failure.ts'
import { FeatureRefusal } from '../module/feature.ts'
import { readCoreModule } from '../module/read.ts'
import { instrument, type Instrumented } from './instrument.ts'

/** A core module as it is, and as it is run. */
export interface RewrittenModule {
  readonly module: CoreModule
  readonly instrumented: Instrumented
}

/**
 * Reads and rewrites a core module, and refuses what is not in profile 1 by name and byte offset: the engines disagree
 * on what they accept, and change their minds with each version. Types are checked by `WebAssembly.validate`; a module
 * is accepted when both agree (design § 3). Offsets in messages count from the start of `bytes`, plus `base`.
 * `name` is what engines call the module in their stacks.
 */
export function rewriteCoreModule(
  bytes: Uint8Array,
  base: number,
  name?: string,
): Result<RewrittenModule, MalformedModule | UnsupportedModule> {
  try {
    const module = readCoreModule(bytes)
    const instrumented = instrument(module, name)
    if (!engine.validate(ownBytes(bytes))) {
      const message = `the core module at byte ${base} does not validate: check it with \`wasm-tools validate\` and build it again`
      return { error: { name: 'MalformedModule', message } }
    }
    return { ok: { module, instrumented } }
  } catch (thrown) {
    if (thrown instanceof FeatureRefusal) return { error: unsupportedFeature(thrown.feature, base + thrown.offset) }
    if (!(thrown instanceof Refusal)) throw thrown
    const message = `not a valid core module: ${thrown.problem}, at byte ${base + thrown.offset}`
    return { error: { name: 'MalformedModule', message } }
  }
}

/** The type of `WebAssembly.validate` wants bytes that are not shared; a guest's binary never is. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes)
}
