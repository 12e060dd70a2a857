import { httpServer } from '@ipvm/testing/outside'
import { workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { bobsNode, closedLater } from '../outside.test-fixture.ts'
import { chains } from './chain.ts'

/** Rounds that the networks made public. */
const recorded = {
  quicknet: [
    [
      1000,
      'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
      'fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd',
    ],
    [
      657_413,
      'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b',
      'fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587',
    ],
  ],
  default: [
    [
      3_311_596,
      'a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98897d217b9121e92c8ddebbddda8d92f900e3bd6bf9deb166863b1a19390d743f82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754',
      '647c07b2abbf7ff2afb4d670214f565e5cd9f9c91bfdcecb59a21f3c78d73920',
    ],
  ],
} as const
const before =
  '8ed588f2a7716fb1349e2d9803da5db0005e98a83783c353d4a08f183236a9ad91d70ddb01266f4b7c576983db464b430e65680b9e0098552758afd6c1e6afcb77e3f62fe1b93d42d1cb63abbb2205512fe12fbf74ea9c5ac3b8f5c1e283a1d8'

/** A server of drand that says this of every round. */
async function telling(said: (path: string) => object | number) {
  const paths: string[] = []
  const server = await httpServer((request, response) => {
    paths.push(request.url ?? '')
    const answer = said(request.url ?? '')
    if (typeof answer === 'number') response.writeHead(answer).end()
    else response.end(JSON.stringify(answer))
  })
  return { ...closedLater(server), server: server.url.slice(0, -1), paths }
}

const drawing = (...servers: string[]) => {
  const { task } = bobsNode({ '/random/get': { drand: { servers } } })
  return async (chain: 'quicknet' | 'default', round: number) =>
    (await task('/random/get', { drand: { chain, round } })).out
}

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

test('recorded rounds are what the networks signed', async () => {
  for (const chain of ['quicknet', 'default'] as const)
    for (const [round, signature, random] of recorded[chain]) {
      const previous = chain === 'default' ? { previous_signature: before } : {}
      const drand = await telling(() => ({ round, signature, randomness: random, ...previous }))
      expect(await drawing(drand.server)(chain, round)).toMatchObject({
        ok: { round, bytes: bytes(random), signature: bytes(signature) },
      })
      expect(drand.paths).toEqual([`/${chains[chain].hash}/public/${round}`])
    }
})

test('what was not signed is not believed, and another server is asked', async () => {
  const [[round, signature, random], [, other]] = recorded.quicknet
  const [[, long]] = recorded.default
  const honest = await telling(() => ({ round, signature }))
  for (const lie of [
    { round, signature: other },
    { round, signature: signature.replace('b4', 'b5') },
    { round, signature: long },
    { round, signature: '00' },
    { round, signature: `c0${'00'.repeat(47)}` },
    { round, signature, previous_signature: before },
    { round: round + 1, signature },
    { round },
    [],
    404,
  ]) {
    const liar = await telling(() => lie)
    const last = await drawing(liar.server)('quicknet', round)
    expect([lie, last && 'error' in last]).toEqual([lie, true])
    expect(await drawing(liar.server, honest.server)('quicknet', round)).toMatchObject({ ok: { bytes: bytes(random) } })
  }
})

test('a chained round is signed with the one before it', async () => {
  const [[round, signature]] = recorded.default
  for (const lie of [{ previous_signature: signature }, {}, { previous_signature: before, signature: before }]) {
    const liar = await telling(() => ({ round, signature, ...lie }))
    const last = await drawing(liar.server)('default', round)
    expect([lie, last && 'error' in last && last.error.last]).toEqual([lie, 'InvalidSignature'])
  }
})

test('a round that is not due is waited for', async () => {
  const drand = await telling(() => 404)
  const { submit, runtime, world } = bobsNode({ '/random/get': { drand: { servers: [drand.server] } } })
  const { genesis, period } = chains.default
  const round = Math.floor((world.now() - genesis) / period) + 3
  const args = { drand: { chain: 'default', round } }
  const due = Promise.withResolvers<number>()
  const draft = workflow('later', ({ task }) => void task('it', { cmd: '/random/get', args }))
  void submit(draft, event => event.type === 'retrying' && due.resolve(event.due))
  expect(await due.promise).toBe((genesis + (round - 1) * period) * 1000)
  await runtime.close()
  expect(drand.paths).toEqual([])
})

test('it is off until its owner turns it on, and what is private stays private', async () => {
  const [[round]] = recorded.quicknet
  const drand = await telling(() => 500)
  const draw = { drand: { chain: 'quicknet', round } }
  expect((await bobsNode({}).task('/random/get', draw)).out).toMatchObject({ error: { name: 'EgressRefused' } })
  const closed = bobsNode({ '/random/get': { drand: { servers: [drand.server] } } }, { private: [] })
  expect((await closed.task('/random/get', draw)).out).toMatchObject({ error: { name: 'EgressRefused' } })
  expect(drand.connections()).toBe(0)
  for (const args of [
    {},
    { bytes: 1, ...draw },
    { drand: { chain: 'other', round } },
    { drand: { chain: 'quicknet', round: 0 } },
  ])
    expect((await closed.task('/random/get', args)).refused).toMatchObject({ name: 'MalformedArguments' })
})
