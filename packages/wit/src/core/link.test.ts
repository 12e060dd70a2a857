import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moduleFunctions, type ModuleFunctions } from '../export/exports.ts'
import { worldsMax } from '../limits.ts'
import { printFunction } from '../type/print.ts'
import { printWorld } from '../world/print.ts'
import { linkModule, moduleWorld } from './link.ts'

const fixtures = new URL('../../../wasm/fixtures/', import.meta.url)
const head = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${name}.wasm`, fixtures)))
}

function functionsOf(name: string): ModuleFunctions {
  const linked = linkModule(bytesOf(name))
  if ('error' in linked) throw new Error(linked.error.message)
  return moduleFunctions(linked.ok)
}

function printed(name: string): string[] {
  return functionsOf(name).functions.map(found => printFunction(found.name, found.type))
}

function messageOf(bytes: readonly number[] | Uint8Array): string {
  const linked = linkModule(Uint8Array.from(bytes))
  return 'error' in linked ? linked.error.message : 'linked'
}

function custom(name: string, content: readonly number[]): number[] {
  const text = [...new TextEncoder().encode(name)]
  return [0, text.length + 1 + content.length, text.length, ...text, ...content]
}

describe('a core module with an embedded world', () => {
  it('offers what the component offers that tools make of it', () => {
    const component = functionsOf('host').functions
    expect(functionsOf('core/host').functions).toEqual(component)
    expect(component.length).toBeGreaterThan(10)
  })

  it('may spell names by the standard, and hold strings in UTF-16', () => {
    expect(printed('core/standard')).toEqual([
      'seed: func() -> u64',
      'drop-twice: func()',
      'is-ready: func() -> bool',
      'ipvm:core/text@1.2.3#same: func(text: string) -> string',
    ])
    expect(linkModule(bytesOf('core/standard'))).toMatchObject({
      ok: {
        instances: [{ initialize: 'cm32p2_initialize' }],
        imports: [
          { name: 'wasi:random/insecure-seed@0.2.1', functions: [{ name: 'insecure-seed' }] },
          { name: 'wasi:io/poll@0.2.1', functions: [] },
          { name: 'wasi:clocks/monotonic-clock@0.2.1', functions: [{ name: 'subscribe-duration' }] },
        ],
        lifts: [
          {},
          {},
          {},
          { options: { encoding: 'utf16', postReturn: { name: 'cm32p2|ipvm:core/text@1|same_post' } } },
        ],
      },
    })
  })

  it('is refused when it does not export what its world says', () => {
    const bytes = bytesOf('core/eager')
    // The core export `run` (section 7) under another name; the world still says `run`.
    const at = Buffer.from(bytes).indexOf(Buffer.from([3, 0x72, 0x75, 0x6e, 0x00]))
    bytes[at + 1] = 0x66
    expect(messageOf(bytes)).toMatch(
      /^not a valid core module: a world that exports run, which the module does not, at byte \d+/,
    )
  })

  it('is refused when the world cannot be read', () => {
    expect(messageOf([...head, ...custom('component-type:x', [3, 0])])).toMatch(
      /a world embedded in format 3, where 4 is read; use current tools, at byte/,
    )
    expect(messageOf([...head, ...custom('component-type:x', [7, 0])])).toMatch(
      /a world \(custom section component-type\) that is not a Wasm binary/,
    )
    const empty = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]
    expect(messageOf([...head, ...custom('component-type', empty)])).toMatch(/in an unknown form/)
    const many = Array.from({ length: worldsMax + 1 }, () => custom('component-type', empty)).flat()
    expect(messageOf([...head, ...many])).toMatch(/more than 100 embedded worlds/)
  })
})

describe('a core module that says nothing of WIT', () => {
  it('offers its functions of numbers', () => {
    expect(printed('core/plain')).toEqual([
      'ready: func() -> s32',
      'add: func(p0: s32, p1: s32) -> s32',
      'widen: func(p0: s32) -> s64',
      'half: func(p0: f64) -> f32',
      'nothing: func()',
    ])
  })

  it('says why it does not offer the others', () => {
    const why = 'and only numbers can be passed, and one be returned'
    expect(functionsOf('core/plain').withheld).toEqual([
      { name: 'two', reason: `has the type () -> (i32, i32), ${why}` },
      { name: 'reference', reason: `has the type (externref) -> (), ${why}` },
      { name: 'vector', reason: `has the type () -> (v128), ${why}` },
    ])
  })

  it('has imports that mean nothing, unless they are none', () => {
    expect(linkModule(bytesOf('core/imports'))).toMatchObject({
      ok: {
        imports: [
          { name: 'env', functions: [{ name: 'abort' }] },
          { name: 'the memory env memory', functions: [] },
          { name: 'wasi_snapshot_preview1', functions: [{ name: 'fd_write' }] },
        ],
      },
    })
    expect(messageOf(head)).toBe('linked')
  })
})

describe('bytes that are nearly a core module', () => {
  it('name what is wrong, and where', () => {
    expect(messageOf([...head, 7, 9, 1])).toBe('not a valid core module: it is cut off, at byte 11')
    expect(messageOf([...head, 1, 2, 1, 0x5f])).toMatch(/a type that is not a function type, at byte 11/)
    expect(messageOf([...head, 3, 2, 1, 0])).toMatch(/function type 0, where there are 0/)
    expect(messageOf([...head, 7, 4, 1, 0, 0, 5])).toMatch(/function 5, which there is not/)
    expect(messageOf([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0])).toMatch(/layer 0 and version 2; ipvm runs core modules/)
  })

  it('never throw, whatever byte is another', () => {
    const bytes = bytesOf('core/standard')
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const flipped = bytes.slice()
        flipped[at] = byte
        expect(linkModule(flipped)).toBeTypeOf('object')
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the world of a core module', () => {
  const world = (name: string) => {
    const read = moduleWorld(bytesOf(name))
    const text = 'ok' in read ? printWorld(read.ok) : read
    return 'ok' in text ? text.ok : text.error.message
  }

  it('is the one that was embedded, imports included', () => {
    expect(world('core/standard')).toContain('  import wasi:random/insecure-seed@0.2.1;\n')
    expect(world('core/standard')).toContain('  export seed: func() -> u64;\n')
    expect(world('core/standard')).toContain('interface text {\n    same: func(text: string) -> string;')
  })

  it('is that of the component which tools make of it', () => {
    const items = (name: string) => world(name).match(/^ *(?!export |import )\S+: func.*$/gm)
    expect(items('core/host')?.length).toBeGreaterThan(10)
    expect(items('core/host')).toEqual(items('host'))
  })
})
