import { httpServer, httpsServer, makeCertificate, nameServer, rawServer, type Says } from '@ipvm/testing/outside'
import { expect, test } from 'vitest'
import { bad, closedLater, good, guardOf } from './guard.test-fixture.ts'

const says = async (answers: Says) => closedLater(await nameServer(answers))
const a = (address: string) => ({ type: 'A', address })
const inner = async () => closedLater(await httpServer((_request, response) => response.end('the crown jewels')))

test('nothing private is connected to, however it is written or looked up', async () => {
  const jewels = await inner()
  const { port } = jewels
  const six = closedLater(await httpServer((_request, response) => response.end('jewels'), '::1'))
  const names = await says((name, type) => {
    if (type === 'A') return name === 'loop.test' || name === 'mixed.test' ? [a('93.184.216.34'), a('127.0.0.1')] : []
    if (name === 'mapped.test') return [{ type: 'AAAA', address: '0:0:0:0:0:ffff:7f00:1' }]
    if (name === 'nat64.test') return [{ type: 'AAAA', address: '64:ff9b:0:0:0:0:7f00:1' }]
    return name === 'six.test' ? [{ type: 'AAAA', address: '0:0:0:0:0:0:0:1' }] : []
  })
  const { ask } = guardOf([], names.place)
  const urls = [
    ...[
      `http://127.0.0.1:${port}/`,
      `http://127.0.0.2:${port}/`,
      `http://0.0.0.0:${port}/`,
      `http://[::1]:${six.port}/`,
    ],
    ...[`http://[::ffff:7f00:1]:${port}/`, `http://[64:ff9b::7f00:1]:${port}/`, `http://[::7f00:1]:${port}/`],
    ...[`http://2130706433:${port}/`, `http://0177.0.0.1:${port}/`, `http://0x7f.1:${port}/`, `http://127.1:${port}/`],
    ...[
      `http://loop.test:${port}/`,
      `http://mixed.test:${port}/`,
      `http://mapped.test:${port}/`,
      `http://nat64.test:${port}/`,
    ],
    ...[`http://six.test:${six.port}/`, `http://169.254.169.254/`],
  ]
  for (const method of ['GET', 'POST'] as const)
    for (const url of urls) {
      const failure = bad(await ask(url, { method }))
      expect([url, failure.name, failure.sent]).toEqual([url, 'EgressRefused', false])
    }
  expect([jewels.connections(), six.connections()]).toEqual([0, 0])
})

test('the system is not believed either: localhost is what it is', async () => {
  const jewels = await inner()
  const failure = bad(await guardOf([]).ask(`http://localhost:${jewels.port}/`))
  expect(failure).toMatchObject({ name: 'EgressRefused', sent: false })
  expect(failure.message).toContain('not public (loopback)')
  expect(jewels.connections()).toBe(0)
})

test('a name that changes between two looks is looked up once, and what was checked is what is dialled', async () => {
  const door = closedLater(await httpServer((_request, response) => response.end('the door')))
  const jewels = closedLater(await httpServer((_request, response) => response.end('jewels'), '127.0.0.2', door.port))
  let looks = 0
  const names = await says((_name, type) => {
    if (type !== 'A') return []
    looks += 1
    return looks % 2 === 1 ? [a('127.0.0.1')] : [a('127.0.0.2')]
  })
  const { ask } = guardOf([door.place], names.place)
  const url = `http://rebind.test:${door.port}/`
  // A new connection each, so that each is looked up.
  for (const expected of ['the door', 'EgressRefused', 'the door', 'EgressRefused']) {
    const answer = await ask(url, { method: 'POST' })
    expect('ok' in answer ? new TextDecoder().decode(answer.ok.body) : answer.error.name).toBe(expected)
  }
  expect(names.asked.filter(asked => asked.startsWith('A '))).toHaveLength(4)
  expect([door.connections(), jewels.connections()]).toEqual([2, 0])
})

test('of several addresses the first that answers is taken', async () => {
  const server = closedLater(await httpServer((_request, response) => response.end('here'), '127.0.0.2'))
  const names = await says((_name, type) => (type === 'A' ? [a('127.0.0.1'), a('127.0.0.2'), a('127.0.0.3')] : []))
  const { ask } = guardOf(['127.0.0.0/8:*'], names.place)
  expect(good(await ask(`http://three.test:${server.port}/`)).status).toBe(200)
  expect(bad(await ask('http://three.test:2/'))).toMatchObject({ name: 'Unreachable', sent: false })
})

test('names that are not, and name servers that do not answer, are two things', async () => {
  const names = await says((name, type) =>
    name === 'gone.test' ? 3 : name === 'ill.test' ? 2 : type === 'A' ? [] : [],
  )
  const { ask } = guardOf([], names.place)
  expect(bad(await ask('http://gone.test/'))).toMatchObject({ name: 'NoSuchHost', sent: false })
  expect(bad(await ask('http://empty.test/'))).toMatchObject({ name: 'NoSuchHost', sent: false })
  expect(bad(await ask('http://ill.test/'))).toMatchObject({ name: 'Unreachable', sent: false })
  const deaf = guardOf([], '127.0.0.1:9')
  expect(bad(await deaf.ask('http://any.test/', { times: { connect: 50 } }))).toMatchObject({ name: 'Unreachable' })
})

test('nobody listens, and nobody answers', async () => {
  const gone = await rawServer(() => {})
  await gone.close()
  const { ask } = guardOf(['127.0.0.1:*'])
  expect(bad(await ask(gone.url, { method: 'POST' }))).toMatchObject({ name: 'Unreachable', sent: false })
  const silent = closedLater(await rawServer(() => {}))
  const tls = `https://127.0.0.1:${silent.port}/`
  expect(bad(await ask(tls, { times: { connect: 50 } }))).toMatchObject({ name: 'Unreachable', sent: false })
  const rude = closedLater(await rawServer(socket => socket.destroy()))
  expect(bad(await ask(`https://127.0.0.1:${rude.port}/`))).toMatchObject({ name: 'Unreachable', sent: false })
})

test('who is not who it should be is told nothing', async () => {
  const authority = makeCertificate({ hosts: ['authority'], isAuthority: true })
  const names = await says((_name, type) => (type === 'A' ? [a('127.0.0.1')] : []))
  const requests: string[] = []
  const serve = async (fields: Partial<Parameters<typeof makeCertificate>[0]>) => {
    const certified = makeCertificate({ hosts: ['shop.test', '127.0.0.1'], authority, ...fields })
    const server = await httpsServer(certified, (_request, response) => {
      requests.push(Object.keys(fields).length > 0 ? 'wrong' : 'right')
      response.end('secure')
    })
    return closedLater(server)
  }
  const { ask } = guardOf(['127.0.0.1:*'], names.place, { authorities: [authority.cert] })
  const right = await serve({})
  expect(good(await ask(`https://shop.test:${right.port}/`)).status).toBe(200)
  expect(good(await ask(`https://127.0.0.1:${right.port}/`)).status).toBe(200)
  const self = makeCertificate({ hosts: ['shop.test'] })
  const wrong = [
    await serve({ hosts: ['other.test'] }),
    await serve({ to: new Date('2021-01-01T00:00:00Z') }),
    await serve({ from: new Date('2048-01-01T00:00:00Z') }),
    await serve({ authority: self }),
    closedLater(await httpServer((_request, response) => response.end('not even TLS'))),
  ]
  for (const server of wrong) {
    const failure = bad(await ask(`https://shop.test:${server.port}/`, { headers: { authorization: 'Bearer key' } }))
    expect(failure).toMatchObject({ name: 'InvalidTls', sent: false })
    expect(requests).toEqual(['right', 'right'])
  }
  const untrusting = guardOf(['127.0.0.1:*'], names.place)
  expect(bad(await untrusting.ask(`https://shop.test:${right.port}/`)).name).toBe('InvalidTls')
})

test('other protocols are given a checked connection', async () => {
  const greeter = closedLater(await rawServer(socket => void socket.end('220 hello\r\n')))
  const signal = new AbortController().signal
  const to = { host: '127.0.0.1', port: greeter.port, tls: false, signal }
  expect(bad(await guardOf([]).egress.dial(to)).name).toBe('EgressRefused')
  expect(greeter.connections()).toBe(0)
  const socket = good(await guardOf([greeter.place]).egress.dial(to))
  expect(String((await socket.toArray()).join(''))).toBe('220 hello\r\n')
})
