import { encodeJson, Float, nameOf, type Value } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { awaitValue, limits } from '../index.ts'
import { evaluatePolicy, matchesGlob, openPromises, parseGlob, parsePolicy, policyValue, printGlob } from './policy.ts'

const args = {
  to: ['bob@example.com', 'carol@example.com'],
  count: 3,
  whole: new Float(3),
  half: 2.5,
  huge: 2n ** 60n,
  title: 'Re: lunch*',
  link: nameOf('x'),
  bytes: Uint8Array.of(1, 2),
  people: { alice: { age: 30 }, bob: { age: 40 } },
  empty: [],
  nothing: null,
  sparse: { a: null },
}

function holds(statement: Value, over: Value = args) {
  const policy = parsePolicy([statement])
  if ('error' in policy) throw new Error(policy.error.message)
  return evaluatePolicy(policy.ok, over)
}

const statements: readonly (readonly [boolean, Value])[] = [
  [true, ['==', '.count', 3]],
  [true, ['==', '.count', new Float(3)]],
  [true, ['==', '.whole', 3]],
  [true, ['==', '.huge', 2n ** 60n]],
  [true, ['==', '.huge', new Float(2 ** 60)]],
  [false, ['==', '.huge', 2n ** 60n + 1n]],
  [true, ['==', '.link', nameOf('x')]],
  [false, ['==', '.link', nameOf('y')]],
  [true, ['==', '.bytes', Uint8Array.of(1, 2)]],
  [false, ['==', '.bytes', [1, 2]]],
  [true, ['==', '.people', { bob: { age: 40 }, alice: { age: new Float(30) } }]],
  [true, ['==', '.missing', null]],
  [false, ['==', '.sparse', { b: null }]],
  [true, ['==', '.missing?', null]],
  [false, ['==', '.count', '3']],
  [true, ['!=', '.count', '3']],
  [false, ['!=', '.count', new Float(3)]],
  [true, ['<', '.half', 3]],
  [true, ['<=', '.count', new Float(3)]],
  [true, ['>', '.huge', 2 ** 53]],
  [false, ['>=', '.half', 3]],
  [false, ['<', '.title', 3]],
  [true, ['not', ['<', '.title', 3]]],
  [true, ['like', '.title', 'Re:*']],
  [true, ['like', '.title', '*lunch\\*']],
  [false, ['like', '.title', 'lunch']],
  [false, ['like', '.count', '*']],
  [true, ['and', []]],
  [true, ['or', []]],
  [
    true,
    [
      'or',
      [
        ['==', '.count', 9],
        ['==', '.count', 3],
      ],
    ],
  ],
  [
    false,
    [
      'and',
      [
        ['==', '.count', 9],
        ['==', '.count', 3],
      ],
    ],
  ],
  [true, ['all', '.to', ['like', '.', '*@example.com']]],
  [true, ['any', '.to', ['==', '.', 'bob@example.com']]],
  [true, ['all', '.people', ['>', '.age', 20]]],
  [false, ['any', '.people', ['>', '.age', 50]]],
  [true, ['all', '.empty', ['==', '.', 1]]],
  [false, ['any', '.empty', ['==', '.', 1]]],
  [false, ['all', '.count', ['==', '.', 1]]],
  [false, ['any', '.bytes', ['==', '.', 1]]],
]

test.each(statements.map(([expected, statement]) => [encodeJson(statement), expected, statement] as const))(
  '%s is %s',
  (_text, expected, statement) => {
    expect(holds(statement).holds).toBe(expected)
  },
)

test.each<[string, Value, boolean]>([
  ['denies', ['==', '.title.x', 1], false],
  ['is not turned around by not', ['not', ['==', '.title.x', 1]], false],
  ['nor by two', ['not', ['not', ['==', '.title.x', 1]]], false],
  [
    'does not matter beside a true alternative',
    [
      'or',
      [
        ['==', '.title.x', 1],
        ['==', '.count', 3],
      ],
    ],
    true,
  ],
  ['denies in all', ['all', '.to', ['==', '.x', 1]], false],
  ['denies under not any', ['not', ['any', '.to', ['==', '.x', 1]]], false],
])('a selector that leads nowhere %s', (_what, statement, expected) => {
  expect(holds(statement).holds).toBe(expected)
})

test('what does not hold says which statement, where, and what was found', () => {
  expect(
    holds([
      'and',
      [
        ['==', '.count', 3],
        ['all', '.people', ['<', '.age', 40]],
      ],
    ]),
  ).toMatchObject({
    because: { path: 'pol[0][1][1][2]', statement: '["<",".age",40]', selector: '.age', value: 40 },
  })
  expect(holds(['==', '.title.x', 1])).toEqual({
    holds: false,
    because: {
      path: 'pol[0]',
      statement: '["==",".title.x",1]',
      selector: '.title.x',
      problem: 'pol[0] ["==",".title.x",1] cannot hold: nothing is at .title.x',
    },
  })
})

test.each<[string, Value, string]>([
  ['no list', {}, 'pol'],
  ['no statement', [1], 'pol[0]'],
  ['an unknown operator', [['===', '.a', 1]], 'pol[0]'],
  ['an unknown operator under not', [['not', ['matches', '.a', 1]]], 'pol[0][1]'],
  ['an operator that is no text', [[1, '.a', 1]], 'pol[0]'],
  ['a missing operand', [['==', '.a']], 'pol[0]'],
  ['an operand too many', [['==', '.a', 1, 2]], 'pol[0]'],
  ['not of two', [['not', ['==', '.a', 1], ['==', '.a', 1]]], 'pol[0]'],
  ['and of no list', [['and', ['==', '.a', 1]]], 'pol[0][1][0]'],
  ['a malformed selector', [['==', 'a', 1]], 'pol[0][1]'],
  ['an order of texts', [['<', '.a', 'b']], 'pol[0][2]'],
  ['a pattern that is no text', [['like', '.a', 1]], 'pol[0][2]'],
  ['an empty statement', [[]], 'pol[0]'],
])('a policy with %s is refused when it is read', (_what, value, path) => {
  expect(parsePolicy(value)).toMatchObject({ error: { name: 'MalformedPolicy', path } })
})

test('depth and number of statements are limited', () => {
  let deep: Value = ['==', '.', 1]
  for (let i = 1; i < limits.policyDepthMax; i++) deep = ['not', deep]
  expect(parsePolicy([deep])).toHaveProperty('ok')
  expect(parsePolicy([['not', deep]])).toHaveProperty('error')
  const many = (count: number) => new Array<Value>(count).fill(['==', '.', 1])
  expect(parsePolicy(many(limits.policyStatementsMax))).toHaveProperty('ok')
  expect(parsePolicy([['and', many(limits.policyStatementsMax)]])).toHaveProperty('error')
})

test('a policy that would keep the machine busy is given up, and denies', () => {
  const list = new Array<Value>(20_000).fill(1)
  const statements = new Array<Value>(1000).fill(['==', '.', 1])
  const verdict = holds(['all', '.', ['and', statements]], list)
  expect(verdict).toMatchObject({ holds: false, because: { problem: expect.stringContaining('1000000 steps') } })
  const slices = `.${'[0:]'.repeat(1000)}`
  expect(holds(['==', slices, 1], list).holds).toBe(false)
  expect(holds(['not', ['==', slices, 1]], list).holds).toBe(false)
})

test('a promise that is open holds nothing against the invocation, and nothing for it', () => {
  const open = {
    to: awaitValue({ branch: 'ok', target: nameOf('task') }),
    list: [1, awaitValue({ branch: '*', target: nameOf('t') })],
    count: 1,
  }
  const over = (statement: Value) => {
    const policy = parsePolicy([statement])
    return 'ok' in policy && evaluatePolicy(policy.ok, open, { pending: openPromises(open) }).holds
  }
  expect(over(['==', '.to', 'bob'])).toBe('pending')
  expect(over(['not', ['==', '.to.name', 'bob']])).toBe('pending')
  expect(over(['==', '.count', 2])).toBe(false)
  expect(over(['==', '.count', 1])).toBe(true)
  expect(over(['all', '.list', ['==', '.', 1]])).toBe('pending')
  expect(over(['all', '.list', ['==', '.', 2]])).toBe(false)
  expect(over(['any', '.list', ['==', '.', 1]])).toBe(true)
  expect(over(['==', '.list', [1, 2]])).toBe('pending')
})

test.each([
  ['', '', true],
  ['*', '', true],
  ['**', 'a', true],
  ['a*', 'a', true],
  ['a*a', 'a', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['*aab*', 'aaaab', true],
  ['*ababac*', 'abababac', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['\\\\*', '\\*', true],
  ['\\n', '\\n', true],
  ['A', 'a', false],
  ['*\n*', 'a\nb', true],
])('the pattern %j on %j: %s', (pattern, text, expected) => {
  expect(matchesGlob(parseGlob(pattern), text)).toBe(expected)
})

test('the worst pattern takes linear time', () => {
  const pattern = parseGlob(`*${'a'.repeat(50_000)}b*${'*a'.repeat(20_000)}c`)
  expect(matchesGlob(pattern, 'a'.repeat(500_000))).toBe(false)
  expect(matchesGlob(parseGlob(`*${`${'a'.repeat(100)}b*`.repeat(500)}`), 'a'.repeat(500_000))).toBe(false)
})

test('patterns match what a slow and simple matcher matches', () => {
  const simple = (glob: readonly string[], text: string): boolean => {
    const [first = '', ...rest] = glob
    if (rest.length === 0) return text === first
    if (!text.startsWith(first)) return false
    const left = text.slice(first.length)
    return [...Array(left.length + 1).keys()].some(i => simple([left.slice(i, i), ...rest].slice(1), left.slice(i)))
  }
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 8 })
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const glob = parseGlob(pattern)
      expect(matchesGlob(glob, text)).toBe(simple(glob, text))
      expect(parseGlob(printGlob(glob))).toEqual(glob)
    }),
  )
})

test('a policy reads back from its value', () => {
  const value = [
    ['not', ['any', '.to["x y"]', ['like', '.', 'a\\**']]],
    ['and', [['<=', '.n', 2n ** 60n]]],
    ['==', '.', { a: [null] }],
  ]
  const policy = parsePolicy(value)
  expect('ok' in policy && policyValue(policy.ok)).toEqual(value)
})

test('stars without end and maps without end are paid for, and end', () => {
  const texts = new Array<Value>(3000).fill('x')
  expect(holds(['all', '.', ['like', '.', `${'*a'.repeat(100_000)}*`]], texts).holds).toBe(false)
  expect(parseGlob('**a***b**')).toEqual(['', 'a', 'b', ''])
  const map = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]))
  const statements = new Array<Value>(500).fill(['all', '.', ['>=', '.', 0]])
  expect(holds(['and', statements], map).holds).toBe(false)
})
