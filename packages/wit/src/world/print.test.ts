import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { printWorld, readComponent, worldOf, worldValue, type World } from '../index.ts'
import type { WitType } from '../type/type.ts'

const fixtures = new URL('../../../wasm/fixtures/', import.meta.url)

function world(name: string): World {
  const component = readComponent(new Uint8Array(readFileSync(new URL(`${name}.wasm`, fixtures))))
  const read = 'ok' in component ? worldOf(component.ok) : component
  if ('error' in read) throw new Error(read.error.message)
  return read.ok
}

function printed(of: World): string {
  const text = printWorld(of)
  if ('error' in text) throw new Error(text.error.message)
  return text.ok
}

/** WIT without comments and empty lines, one space between words. */
function plain(text: string): string {
  return text
    .replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}

test('what a component was made from is printed again, names of types included', () => {
  const source = readFileSync(new URL('echo.wit', fixtures), 'utf8')
  const [, types = ''] = /(interface types \{.*?^\})/ms.exec(source) ?? []
  const text = printed(world('echo'))
  expect(plain(text)).toContain(plain(types))
  expect(text).toContain('package ipvm:echo@0.1.0 {\n  interface types {\n    record point {\n      x: s16,')
  for (const line of ['export ipvm:echo/types@0.1.0;', 'export grow: func(pages: u32) -> s32;'])
    expect(text).toContain(`  ${line}\n`)
})

test('imports come first, and what ipvm does not have is a comment', () => {
  expect(printed(world('refused'))).toMatch(
    /^package root:component;\n\nworld root \{\n {2}import wasi:clocks\/wall-clock@0\.2\.0;\n/,
  )
  expect(printed(world('resource'))).toContain('  // make: needs resources, which ipvm does not have\n')
})

const point: WitType = { kind: 'record', fields: [{ name: 'type', type: { kind: 'u8' } }] }
const pointItem = { name: 'point', kind: 'type', type: point } as const
const move = { name: 'move', kind: 'function', type: { params: [{ name: 'to', type: point }] } } as const

test('a type of another interface is used from there, under its name there', () => {
  const a = { name: 'x:y/a@1.0.0', kind: 'interface', items: [pointItem] } as const
  const b = { name: 'x:y/b@1.0.0', kind: 'interface', items: [{ ...pointItem, name: 'list' }, move] } as const
  expect(printed({ imports: [a], exports: [b, { ...b, name: 'mine' }] })).toBe(`package root:component;

world root {
  import x:y/a@1.0.0;

  export x:y/b@1.0.0;
  export mine: interface {
    use x:y/a@1.0.0.{point as %list};

    move: func(to: %list);
  }
}

package x:y@1.0.0 {
  interface a {
    record point {
      %type: u8,
    }
  }

  interface b {
    use x:y/a@1.0.0.{point as %list};

    move: func(to: %list);
  }
}
`)
})

test('programs get the same as data', () => {
  expect(worldValue({ imports: [], exports: [pointItem, move] })).toEqual({
    ok: {
      imports: [],
      exports: [
        { name: 'point', kind: 'type', type: 'record { %type: u8 }' },
        { name: 'move', kind: 'function', params: [{ name: 'to', type: 'point' }], result: null },
      ],
    },
  })
})

test('types that are endless when written out are refused, not printed', () => {
  let type: WitType = { kind: 'u8' }
  for (let i = 0; i < 60; i++) type = { kind: 'tuple', types: [type, type] }
  const exports = [{ name: 'f', kind: 'function', type: { params: [{ name: 'a', type }] } }] as const
  expect(printWorld({ imports: [], exports })).toMatchObject({ error: { name: 'Unprintable' } })
})
