import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkComponent } from '../component/link.ts'
import { readComponent } from './read.ts'

const fixtures = new URL('../../../wasm/fixtures/', import.meta.url)

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.wasm`, fixtures)))
}

function messageOf(bytes: number[] | Uint8Array): string {
  const component = readComponent(Uint8Array.from(bytes))
  return 'error' in component ? component.error.message : 'read'
}

describe('bytes that are no component are told apart', () => {
  it('text, nothing, a core module, a cut-off one and one of another version', () => {
    expect(messageOf(new TextEncoder().encode('<!doctype html>'))).toMatch(
      /^not a Wasm binary: it does not begin with 00 61 73 6d/,
    )
    expect(messageOf([])).toMatch(/it is empty/)
    expect(messageOf([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])).toMatch(/^a core module, where a component must be$/)
    expect(messageOf([0, 0x61, 0x73, 0x6d, 0x0d])).toMatch(/cut off/)
    expect(messageOf([0, 0x61, 0x73, 0x6d, 0x0a, 0, 1, 0])).toMatch(/layer 1 and version 10/)
  })

  it('an unknown section and a section that is cut off, with the offset', () => {
    const head = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]
    expect(messageOf(head)).toBe('read')
    expect(messageOf([...head, 77, 0])).toBe('not a valid component: an unknown section 77, at byte 8')
    expect(messageOf([...head, 7, 9, 1])).toBe('not a valid component: it is cut off, at byte 11')
    expect(messageOf([...head, 7, 5, 0xff, 0xff, 0xff, 0xff, 0x0f])).toMatch(/a count larger than what follows/)
    expect(messageOf([...head, 11, 3, 0x80, 0x80, 0x00])).toBe('read')
    expect(messageOf([...head, 11, 5, 0xff, 0xff, 0xff, 0xff, 0x1f])).toMatch(/an integer over 32 bits/)
    expect(messageOf([...head, 11, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00])).toMatch(/an integer over 32 bits/)
  })

  it('components inside components without end', () => {
    let inner: number[] = []
    for (let depth = 0; depth < 40; depth++) {
      const whole = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...inner]
      inner = [4, (whole.length & 0x7f) | 0x80, whole.length >> 7, ...whole]
    }
    expect(messageOf([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...inner])).toMatch(/nested deeper than 32/)
  })
})

describe('whatever happens to a component on its way', () => {
  it.each(['echo', 'compose', 'hostile', 'refused', 'resource', 'grower'])('%s, flipped or cut', name => {
    const original = bytesOf(name)
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) => {
        const bytes = original.slice(0, cut ? at : original.length)
        if (!cut) bytes[at] = (original[at] ?? 0) ^ flip
        const component = readComponent(bytes)
        if ('ok' in component) linkComponent(component.ok)
      }),
      { seed: 11, numRuns: 400 },
    )
  })
})
