import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asksForEffects, linkModule, moduleFunctions, moduleWorld, printWorld } from '@ipvm/wit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocs } from '../docs/package-docs.ts'
import { embedWorld } from './embed.ts'
import { parseWit } from './parse.ts'

const root = join(import.meta.dirname, '../../../..')

function leb(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)]
}

/** A core module of functions `() -> ()` with these names. */
function moduleOf(...names: readonly string[]): Uint8Array {
  const exports = names.flatMap(name => [...leb(name), 0x00, 0x00])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x07, exports.length + 1, names.length, ...exports],
    ...[0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b],
  ])
}

const everyType = `package ipvm:all@0.1.0;

// Not a doc comment.
/// The world.
world all {
  /** How far
   *  it is. */
  record point {
    /// To the right.
    x: s16,
    %type: f64,
  }
  variant shape { nothing, dot(point), /* not /* a doc */ either */ round(f32) }
  enum direction { north, south-west }
  flags rights { may-read, may-write }
  type points = list<point>;
  type metres = u32;
  type other = later;
  record later { a: u8, b: s8, c: u16, d: u32, e: s32, f: u64, g: s64, h: char, i: bool }

  /// Takes all.
  ///
  /// Gives some.
  export take-all: func(a: shape, b: direction, c: rights, d: points, e: other, f: tuple<string, option<option<u8>>>) -> result<list<u8>, string>;
  export bare: func();
  export fails: func(%list: result<_, point>) -> result;
  export maybe: func() -> result<u8>;
}
`

function embedded(wit: string, ...names: readonly string[]): Uint8Array {
  const made = embedWorld(moduleOf(...names), wit, 'all.wit')
  if ('error' in made) throw new Error(made.error.message)
  return made.ok
}

function printed(bytes: Uint8Array): string {
  const world = moduleWorld(bytes)
  const text = 'ok' in world ? printWorld(world.ok) : world
  if ('error' in text) throw new Error(text.error.message)
  return text.ok
}

function problem(wit: string, ...names: readonly string[]): string {
  const made = embedWorld(moduleOf(...names), wit, 'a.wit')
  return 'error' in made ? `${made.error.name} ${made.error.message}` : 'embedded'
}

describe('a world that is embedded in a core module', () => {
  const names = ['take-all', 'bare', 'fails', 'maybe']
  const made = embedded(everyType, ...names)

  it('has every type, as WIT writes it', () => {
    expect(printed(made)).toMatchInlineSnapshot(`
      "package root:component;

      world root {
        record point {
          x: s16,
          %type: f64,
        }

        variant shape {
          nothing,
          dot(point),
          round(f32),
        }

        enum direction {
          north,
          south-west,
        }

        flags rights {
          may-read,
          may-write,
        }

        type points = list<point>;
        type metres = u32;
        record later {
          a: u8,
          b: s8,
          c: u16,
          d: u32,
          e: s32,
          f: u64,
          g: s64,
          h: char,
          i: bool,
        }

        type other = later;

        export take-all: func(a: shape, b: direction, c: rights, d: points, e: later, f: tuple<string, option<option<u8>>>) -> result<list<u8>, string>;
        export bare: func();
        export fails: func(%list: result<_, point>) -> result;
        export maybe: func() -> result<u8>;
      }
      "
    `)
  })

  it('has the comments', () => {
    const docs = readDocs(made)
    expect(docs.of({ owner: '', kind: 'function', name: 'take-all' })).toBe('Takes all.\n\nGives some.')
    expect(docs.of({ owner: '', kind: 'type', name: 'point' })).toBe('How far\n it is.')
    expect(docs.of({ owner: '', kind: 'type', name: 'point', item: 'x' })).toBe('To the right.')
    expect(docs.of({ owner: '', kind: 'type', name: 'shape', item: 'round' })).toBeUndefined()
    expect(docs.of({ owner: '', kind: 'function', name: 'bare' })).toBeUndefined()
  })

  it('replaces one that was embedded before', () => {
    const again = embedWorld(made, everyType, 'all.wit')
    expect(again).toEqual({ ok: made })
    const other = embedWorld(made, 'world w { export bare: func(); }', 'w.wit')
    expect('ok' in other && printed(other.ok)).toContain('world root {\n  export bare: func();\n}')
    expect('ok' in other && readDocs(other.ok).of({ owner: '', kind: 'type', name: 'point' })).toBeUndefined()
  })

  const tools = join(root, 'guests/node_modules/@bytecodealliance/jco-transpile/dist/wasm-tools.js')
  it.skipIf(!existsSync(tools))(
    'is what wasm-tools embeds, and what it makes a component of, comments and all',
    async () => {
      const { componentEmbed, componentNew, componentWit } = await import(tools)
      const wit = everyType.replace(/ {2}export (take-all|fails|maybe).*\n/g, '')
      const binary = moduleOf('bare')
      const theirs = await componentEmbed({ binary, witSource: wit, world: 'all', metadata: [] })
      const ours = embedded(wit, 'bare')
      expect(printed(ours)).toBe(printed(theirs))
      const text: string = await componentWit(await componentNew(ours))
      expect(text.replaceAll(/ *\/\/\/.*\n/g, '')).toBe(await componentWit(await componentNew(theirs)))
      expect(text).toContain('    /// To the right.\n    x: s16,\n')
    },
  )
})

describe('WIT that cannot be embedded is refused at its place', () => {
  it.each([
    ['', 'a.wit:1:1: expected a world, got the end of the text'],
    ['world w {', 'a.wit:1:10: expected export, record, variant, enum, flags or type, got the end of the text'],
    ['world w {\n  export f: func(a u8);\n}', 'a.wit:2:20: expected :, got "u8"'],
    ['world w {\n  export f: func(a: strin);\n}', 'a.wit:2:21: no type strin here; known: bool, s8'],
    ['world w { export f: func() -> list; }', 'a.wit:1:35: expected <, got ";"'],
    ['world w { export f: func() -> list<u8, u8>; }', 'a.wit:1:31: list takes one type'],
    ['world w { record r { a: option<r> } }', 'a.wit:1:32: the type r holds itself, which WIT does not have'],
    ['world w { enum a { x } flags a { y } }', 'a.wit:1:24: the name a is taken already'],
    ['world w { import wasi:logging/logging; }', 'a.wit:1:11: import is not embedded here, only types and exported'],
    ['world w { export run; }', 'a.wit:1:11: export of an interface is not embedded here'],
    ['interface i { f: func(); } world w {}', 'a.wit:1:1: interface is not embedded here'],
    ['world w { resource r; }', 'a.wit:1:11: resource is not embedded here'],
    ['world w { export f: async func(); }', 'a.wit:1:11: export of an interface is not embedded here'],
    ['world w { export größe: func(); }', 'a.wit:1:20: a character that WIT does not have: "ö"'],
    ['world w { /* open', 'a.wit:1:11: a comment that does not end'],
    ['world w { export f: func(); "', 'a.wit:1:29: a character that WIT does not have: "\\""'],
    [`world w { type t = ${'list<'.repeat(60)}u8${'>'.repeat(60)}; }`, 'a type nested deeper than 50'],
  ])('%s', (wit, message) => {
    expect(problem(wit, 'f')).toContain(message)
    expect(problem(wit, 'f')).toMatch(/^MalformedWit /)
  })

  it('and so is a world that is not the module’s, and what is no core module', () => {
    expect(problem('world w { export g: func(); }', 'f')).toContain('a world that exports g, which the module does not')
    const component = readFileSync(join(root, 'guests/add/add.wasm'))
    expect(embedWorld(component, 'world w {}', 'a.wit')).toMatchObject({ error: { message: /a component, which has/ } })
    const cut = moduleOf('f').subarray(0, 20)
    expect(embedWorld(cut, 'world w {}', 'a.wit')).toMatchObject({ error: { name: 'MalformedComponent' } })
    expect(embedWorld(new Uint8Array(), 'world w {}', 'a.wit')).toMatchObject({ error: { name: 'MalformedComponent' } })
  })

  it('never with an exception, whatever the text', () => {
    const words = everyType.match(/[\w%-]+|\S/g) ?? []
    const text = fc
      .array(fc.constantFrom(...words, '\n', '/*', '//', '///'))
      .map(list => `world w { ${list.join(' ')} }`)
    fc.assert(fc.property(text, wit => typeof problem(wit, 'f') === 'string'))
    fc.assert(fc.property(fc.string(), wit => 'error' in parseWit(wit, 'a.wit')))
  })
})

describe('a world that asks for effects', () => {
  const world = `package ipvm:steps@0.1.0;
world steps {
  use ipvm:effects/types@0.1.0.{task};
  record step { value: u32, fork: list<task>, join: option<task> }
  record plain { value: u32, fork: list<list<u8>>, join: option<list<u8>> }
  export one: func() -> step;
  export two: func() -> result<step, string>;
  export three: func() -> plain;
}
`

  it('is known by the type of its tasks, not by the names of fields', () => {
    const linked = linkModule(embedded(world, 'one', 'two', 'three'))
    if ('error' in linked) throw new Error(linked.error.message)
    const asks = moduleFunctions(linked.ok).functions.map(({ type: { result } }) =>
      asksForEffects(result?.kind === 'result' ? result.ok : result),
    )
    expect(asks).toEqual([true, true, false])
    expect(linked.ok.imports).toEqual([])
  })

  it('takes that type from nowhere else', () => {
    for (const from of ['ipvm:effects/types@0.2.0.{task}', 'other:effects/types@0.1.0.{task}', 'a.{task, more}']) {
      const text = world.replace('ipvm:effects/types@0.1.0.{task}', from)
      const made = embedWorld(moduleOf('one', 'two', 'three'), text, 'steps.wit')
      expect(made).toMatchObject({ error: { name: 'MalformedWit', line: 3 } })
    }
  })
})
