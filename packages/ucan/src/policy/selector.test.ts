import { Float } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../index.ts'
import { Budget, parseSelector, printSelector, select, type Segment } from './policy.ts'

const mail = {
  from: 'alice@example.com',
  to: ['bob@example.com', 'carol@example.com', 'dan@example.com'],
  body: Uint8Array.of(72, 105),
  price: new Float(2),
  nothing: null,
  'any key': { 'with "quotes"': 1 },
  'häufig-x': 5,
}

function at(text: string, value: Parameters<typeof select>[1] = mail) {
  const selector = parseSelector(text)
  if ('error' in selector) throw new Error(selector.error.message)
  return select(selector.ok, value, new Budget(10_000))
}

test.each([
  ['.', mail],
  ['.?', mail],
  ['.from', 'alice@example.com'],
  ['.["from"]', 'alice@example.com'],
  ['["from"]', undefined],
  ['.["any key"]["with \\"quotes\\""]', 1],
  ['.häufig-x', 5],
  ['.to[0]', 'bob@example.com'],
  ['.to.[0]', 'bob@example.com'],
  ['.to[-1]', 'dan@example.com'],
  ['.to[1:]', ['carol@example.com', 'dan@example.com']],
  ['.to[:-1]', ['bob@example.com', 'carol@example.com']],
  ['.to[1:2]', ['carol@example.com']],
  ['.to[5:9]', []],
  ['.to[]', mail.to],
  ['.to[][][0]', 'bob@example.com'],
  ['.["any key"][]', [1]],
  ['.body[1]', 105],
  ['.body[:1]', Uint8Array.of(72)],
  ['.missing', null],
  ['.missing?', null],
  ['.to[9]?', null],
  ['.to[9]???', null],
  ['.from.x?', null],
  ['.price', new Float(2)],
] as const)('%s finds what it names', (text, value) => {
  if (value === undefined) expect(parseSelector(text)).toHaveProperty('error')
  else expect(at(text)).toEqual({ value })
})

test.each([
  '.missing.x',
  '.to[9]',
  '.to[-4]',
  '.from[0]',
  '.from[1:]',
  '.from.x',
  '.nothing[]',
  '.price[0]',
  '.missing.x.y?',
])('%s leads nowhere, also where a later part is optional', text => {
  expect(at(text)).toBe('unresolvable')
})

test.each([
  '',
  'foo',
  'foo.bar',
  '..',
  '.foo..bar',
  '.foo.',
  '.foo|rm',
  '.[foo]',
  '.[',
  '.["a]',
  '.["a"',
  '.[1',
  '.[:]',
  '.[-]',
  '.[--1]',
  '.[1.5]',
  '.[99999999999999999999]',
  '.foo bar',
  '.0foo',
  '?',
  '.foo?.?',
])('%j is no selector', text => {
  expect(parseSelector(text)).toMatchObject({ error: { name: 'MalformedSelector' } })
})

test('a selector that is too long is refused by the limit', () => {
  expect(parseSelector(`.${'a'.repeat(limits.selectorCharactersMax)}`)).toHaveProperty('error')
})

test('the values of a map come in the order of its bytes, not of JavaScript', () => {
  const map = { 1: 'b', a: 'a', 10: 'd', aa: 'c' }
  expect(at('.[]', map)).toEqual({ value: ['b', 'a', 'd', 'c'] })
})

test('a key of Object.prototype is a missing key', () => {
  for (const key of ['.constructor', '.__proto__', '.toString']) expect(at(key, {})).toEqual({ value: null })
})

const segment: fc.Arbitrary<Segment> = fc.oneof(
  fc.record({ kind: fc.constant('field' as const), key: fc.string(), optional: fc.boolean() }),
  fc.record({ kind: fc.constant('index' as const), index: fc.maxSafeInteger(), optional: fc.boolean() }),
  fc.record({ kind: fc.constant('slice' as const), from: fc.integer(), to: fc.integer(), optional: fc.boolean() }),
  fc.record({ kind: fc.constant('values' as const), optional: fc.boolean() }),
)

test('what is printed reads back as the same selector', () => {
  fc.assert(
    fc.property(fc.array(segment), segments => {
      expect(parseSelector(printSelector(segments))).toEqual({ ok: segments })
    }),
  )
})

test('it is written so that every implementation reads it', () => {
  const printed = (text: string) => {
    const selector = parseSelector(text)
    return 'ok' in selector && printSelector(selector.ok)
  }
  expect(printed('.foo_1.bar')).toBe('.foo_1.bar')
  expect(printed('.Foo["b"].c-d')).toBe('.["Foo"].b["c-d"]')
  expect(printed('.[0]')).toBe('.[0]')
})
