import { linkComponent, readComponent } from '@ipvm/wit/component'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engine } from '../engine.ts'
import { bytesOf } from '../guests.test-fixture.ts'
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

describe('a rewritten module', () => {
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
