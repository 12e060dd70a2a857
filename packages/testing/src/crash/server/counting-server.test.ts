import { expect, test } from 'vitest'
import { CountingServer } from './counting-server.ts'
import { startServer } from './start.ts'

test('what is asked for under one key is done once, and what has no key as often as it arrives', () => {
  const server = new CountingServer()
  const keyed = [1, 2, 3].map(() => server.arrive({ kind: 'keyed', id: 'a', key: 'k' }, []))
  expect(keyed.map(({ acted }) => acted)).toEqual([true, false, false])
  expect(new Set(keyed.map(({ value }) => value)).size).toBe(1)
  const once = [1, 2, 3].map(() => server.arrive({ kind: 'once', id: 'b', key: 'k' }, []))
  expect(once.map(({ acted }) => acted)).toEqual([true, true, true])
  expect(new Set(once.map(({ value }) => value)).size).toBe(3)
})

test('faults come in their order, and who refuses does so always', () => {
  const server = new CountingServer()
  const came = [1, 2, 3].map(() => server.arrive({ kind: 'keyed', id: 'a', key: 'k' }, ['busy', 'drop']))
  expect(came.map(({ acted, fault }) => [acted, fault])).toEqual([
    [false, 'busy'],
    [true, 'drop'],
    [false, undefined],
  ])
  const refused = [1, 2].map(() => server.arrive({ kind: 'once', id: 'b' }, ['refuse']))
  expect(refused.map(({ acted, fault }) => [acted, fault])).toEqual([
    [false, 'refuse'],
    [false, 'refuse'],
  ])
})

test('over HTTP, a connection is closed after it has acted, and the log says that it has', async () => {
  const server = await startServer()
  try {
    const post = (query: string) => fetch(`${server.url}/once/x/1${query}`, { method: 'POST', body: '5' })
    await expect(post('?faults=drop')).rejects.toThrow()
    expect((await fetch(`${server.url}/once/x/1`)).status).toBe(200)
    expect(await server.log('x/')).toEqual([{ kind: 'once', id: 'x/1', sent: 5, acted: true, value: 1, fault: 'drop' }])
    expect(await server.log('y/')).toEqual([])
  } finally {
    await server.stop()
  }
})
