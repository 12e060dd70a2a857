import { Float, type Value } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  covers,
  decodeDelegation,
  delegate,
  invoke,
  isCommand,
  proofsOf,
  seal,
  validate,
  type DelegationFields,
  type Command,
} from '../index.ts'

const nonce = new Uint8Array(12).fill(3)
const fields = { aud: bob.did, sub: alice.did, cmd: '/print', nonce, exp: 1_767_225_600 } as const

test('a delegation reads back from its bytes', async () => {
  const given = await delegate({ ...fields, pol: [['==', '.scale', new Float(2)]], nbf: 0, meta: { note: 'x' } }, alice)
  expect(decodeDelegation(given.envelope.bytes)).toEqual({ ok: { ...given, envelope: expect.anything() } })
  expect(given.envelope.version).toBe('1.0.0')
})

test('its bytes are these, for good', async () => {
  const { envelope } = await delegate({ ...fields, pol: [['like', '.to', '*@example.com']] }, alice)
  expect(envelope.cid.toString()).toMatchInlineSnapshot(`"bafyreiendnxzczitv7u2v5misv5veau73oqecyxm4su5ygwoxmfrnvbdui"`)
  expect(Buffer.from(envelope.signed.subarray(0, 44)).toString('hex')).toMatchInlineSnapshot(
    `"a26168483401ed01ed0113716e7563616e2f646c6740312e302e30a76361756478386469643a6b65793a7a36"`,
  )
})

test('for older peers it is written under the tag they know', async () => {
  const given = await delegate(fields, alice, { version: '1.0.0-rc.1' })
  expect(decodeDelegation(given.envelope.bytes)).toMatchObject({ ok: { envelope: { version: '1.0.0-rc.1' } } })
  const asked = await invoke({ sub: alice.did, cmd: '/x', args: {}, nonce, exp: null }, alice, {
    version: '1.0.0-rc.1',
  })
  expect(Buffer.from(asked.envelope.signed).toString('latin1')).toContain('ucan/inv@1.0.0-rc.1')
})

test('selectors are written so that every implementation reads them', async () => {
  const { envelope } = await delegate({ ...fields, pol: [['==', '.Foo["bar"]', 1]] }, alice)
  expect(envelope.payload.pol).toEqual([['==', '.["Foo"].bar', 1]])
})

test.each<[string, Record<string, Value>, string]>([
  ['an unknown field', { args: {} }, 'args'],
  ['no audience', { aud: null }, 'aud'],
  ['a not-before that is text', { nbf: '0' }, 'nbf'],
  ['an end that is a whole float', { exp: new Float(1) }, 'exp'],
  ['an end beyond 2^53', { exp: 2n ** 53n }, 'exp'],
  ['an upper-case command', { cmd: '/Print' }, 'cmd'],
  ['a nonce that is text', { nonce: 'x' }, 'nonce'],
  ['a policy that is a map', { pol: {} }, 'pol'],
  ['an unknown operator', { pol: [['not', ['~', '.a', 1]]] }, 'pol'],
])('refuses %s, and names the field', async (_what, changed, field) => {
  const { envelope } = await delegate(fields, alice)
  const { bytes } = await seal('dlg', { ...envelope.payload, ...changed }, alice)
  expect(decodeDelegation(bytes)).toMatchObject({ error: { name: 'InvalidClaim', field } })
})

test('every required field is required', async () => {
  const { envelope } = await delegate(fields, alice)
  for (const missing of Object.keys(envelope.payload)) {
    const { [missing]: _, ...payload } = envelope.payload
    const { bytes } = await seal('dlg', payload, alice)
    expect(decodeDelegation(bytes)).toMatchObject({ error: { field: missing } })
  }
})

test('an invocation is no delegation, and our own mistakes are not signed', async () => {
  const { envelope } = await invoke({ sub: alice.did, cmd: '/x', args: {}, nonce, exp: null }, alice)
  expect(decodeDelegation(envelope.bytes)).toHaveProperty('error')
  await expect(delegate({ ...fields, pol: [['~']] }, alice)).rejects.toThrow(TypeError)
  await expect(delegate({ ...fields, exp: 0.5 }, alice)).rejects.toThrow(TypeError)
})

test.each([
  ['/', '/crypto', true],
  ['/crypto', '/crypto', true],
  ['/crypto', '/crypto/sign', true],
  ['/crypto', '/cryptocurrency', false],
  ['/crypto/sign', '/crypto', false],
  ['/crypto', '/', false],
  ['/ほげ', '/ほげ/ふが', true],
] as const)('%s covers %s: %s', (wide, narrow, expected) => {
  expect(covers(wide, narrow)).toBe(expected)
})

test.each(['', 'crypto', '/crypto/', '//', '/a//b', '/A', null, 1])('%j is no command', text => {
  expect(isCommand(text)).toBe(false)
})

const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.maxSafeInteger().map(n => new Float(n)),
  fc.string(),
  fc.uint8Array(),
)
const value = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), leaf))
const anyFields = fc.record(
  {
    aud: fc.constantFrom(alice.did, bob.did),
    sub: fc.constantFrom(alice.did, null),
    cmd: fc.constantFrom('/', '/print', '/ほげ/ふが' as const),
    pol: fc.array(fc.tuple(fc.constant('=='), fc.constantFrom('.', '.a', '.["B c"][-1]?'), value)),
    nonce: fc.uint8Array(),
    exp: fc.option(fc.maxSafeInteger()),
    nbf: fc.maxSafeInteger(),
    meta: fc.dictionary(fc.string(), value),
  },
  { requiredKeys: ['aud', 'sub', 'cmd', 'pol', 'nonce', 'exp'] },
)

test('whatever a delegation says, it reads back as it was said', async () => {
  await fc.assert(
    fc.asyncProperty(anyFields, async said => {
      const given = await delegate(said as DelegationFields, alice)
      const read = decodeDelegation(given.envelope.bytes)
      if ('error' in read) throw new Error(read.error.message)
      expect(read.ok.envelope.payload).toEqual({ ...said, iss: alice.did })
      expect(read.ok.pol).toEqual(given.pol)
    }),
  )
})

const segment = fc.constantFrom('a', 'b', 'ab')
const command = fc.array(segment, { maxLength: 3 }).map(segments => `/${segments.join('/')}` as Command)
const statement = fc.record({ op: fc.constantFrom('<', '>'), bound: fc.integer({ min: -3, max: 3 }) })

test('attenuation never widens: what a longer chain allows, the shorter one allows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(command, command, command),
      fc.tuple(fc.array(statement, { maxLength: 2 }), fc.array(statement, { maxLength: 2 })),
      fc.integer({ min: -3, max: 3 }),
      async ([first, second, asked], [outer, inner], n) => {
        const pol = (statements: typeof outer) => statements.map(({ op, bound }) => [op, '.n', bound])
        const root = await delegate({ ...fields, cmd: first, pol: pol(outer), exp: null }, alice)
        const leaf = await delegate({ ...fields, aud: carol.did, cmd: second, pol: pol(inner), exp: null }, bob)
        const allowed = async (signer: typeof bob, proofs: (typeof root)[]) => {
          const prf = proofs.map(({ envelope }) => envelope.cid)
          const request = await invoke({ sub: alice.did, cmd: asked, args: { n }, prf, nonce, exp: null }, signer)
          const resolveProof = proofsOf(proofs.map(({ envelope }) => envelope.bytes))
          return 'ok' in (await validate(request, { now: 0, executor: alice.did, resolveProof }))
        }
        if (await allowed(carol, [root, leaf])) expect(await allowed(bob, [root])).toBe(true)
      },
    ),
  )
})
