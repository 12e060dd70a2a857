import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcomeProblems } from './check/outcome.ts'
import { Person } from './person.ts'
import { startServer, type RunningServer } from './server/start.ts'
import { lasting } from './trial.ts'
import { startWorker } from './worker/start.ts'
import { submissions } from './workflows/submission.ts'

let server: RunningServer
let folder: string

beforeAll(async () => {
  server = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'ipvm-two-nodes-'))
})

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

test('of two nodes on one store the second says who has it, hands its runs over, and goes on when the first is killed', async () => {
  const store = join(folder, 'store.sqlite')
  const seeds = ['two-nodes/0', 'two-nodes/1', 'two-nodes/2']
  const asked = (await Promise.all(seeds.map(submissions))).flat()
  const person = new Person(store, server, asked)
  const worker = (seed: string) =>
    startWorker({ store, server: server.url, seed, stays: true }, line => person.hear(line, 'at once'))

  const first = worker('two-nodes/0')
  await first.heard('open')
  const second = worker('two-nodes/1')
  expect((await second.heard('claimed')).owner).toBe(first.owner)
  await second.heard('done')
  await first.heard('done')

  const third = worker('two-nodes/2')
  await third.heard('accepted')
  first.kill()
  await third.heard('done')
  second.leave()
  third.leave()
  const lives = await Promise.all([first, second, third].map(({ ended }) => ended))
  await person.done()

  expect(lives.map(({ killed, fault }) => ({ killed, fault }))).toEqual([
    { killed: true },
    { killed: false },
    { killed: false },
  ])
  const opened = openSqliteStore(store)
  const arrivals = await server.log('two-nodes/')
  const evidence = { store: opened, submissions: asked, lives, arrivals, retried: person.retried }
  expect(await lasting(evidence)).toEqual([])
  expect(await outcomeProblems(evidence)).toEqual([])
  await opened.close()
})
