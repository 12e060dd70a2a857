import { linkComponent, readComponent } from '@ipvm/wit/component'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engine } from '../engine.ts'
import { bytesOf } from '../guests.test-fixture.ts'
import { ByteWriter } from './writer.ts'
import { ownBytes, rewriteCoreModule } from './rewrite.ts'

/** The core modules inside a guest of ours. */
function coresOf(name: string): Uint8Array[] {
  const bytes = bytesOf(name)
  const component = readComponent(bytes)
  const linked = 'ok' in component && linkComponent(component.ok)
  if (!linked || !('ok' in linked)) throw new Error(`${name} is no component`)
  return linked.ok.modules.map(({ start, end }) => bytes.slice(start, end))
}

const cores = ['echo', 'grower', 'hostile', 'table', 'guests/image/image'].flatMap(coresOf)

/** A module that exports its function under each of these names. */
function exporting(names: readonly string[]): Uint8Array {
  const exports = new ByteWriter().u32(names.length)
  for (const name of names) exports.name(name).bytes(0x00, 0x00)
  const out = new ByteWriter().bytes(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)
  out.bytes(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7).sized(exports)
  return out.bytes(10, 4, 1, 2, 0, 0x0b).join()
}

describe('a rewritten module', () => {
  it('has a name for its counter, whatever names the original takes', () => {
    // 60 MB of names, each with one sign more.
    const primes = Array.from({ length: 11_000 }, (_, i) => `ipvm:gas${"'".repeat(i)}`)
    const numbers = Array.from({ length: 11_000 }, (_, i) => (i === 0 ? 'ipvm:gas' : `ipvm:gas ${i}`))
    for (const names of [primes, numbers]) {
      const module = rewriteCoreModule(exporting(names), 0)
      if ('error' in module) throw new Error(module.error.message)
      expect(names).not.toContain(module.ok.instrumented.meter.gas)
    }
  })

  it('validates', () => {
    for (const bytes of cores) {
      const module = rewriteCoreModule(bytes, 0)
      if ('error' in module) throw new Error(module.error.message)
      expect(engine.validate(module.ok.instrumented.bytes)).toBe(true)
    }
  })

  it('validates whenever the original did, whatever happened to the original on its way', () => {
    const small = cores.filter(bytes => bytes.length < 10_000)
    let accepted = 0
    fc.assert(
      fc.property(fc.constantFrom(...small), fc.nat(), fc.integer({ min: 1, max: 255 }), (original, place, flip) => {
        const bytes = original.slice()
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ flip
        const module = rewriteCoreModule(bytes, 0)
        if ('error' in module) return
        accepted += 1
        expect(engine.validate(ownBytes(bytes))).toBe(true)
        expect(engine.validate(module.ok.instrumented.bytes)).toBe(true)
      }),
      { seed: 3, numRuns: 3000 },
    )
    expect(accepted).toBeGreaterThan(200)
  })
})
