import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcomeProblems } from './check/outcome.ts'
import { Person } from './person.ts'
import { startServer, type RunningServer } from './server/start.ts'
import { lasting } from './trial.ts'
import { startWorker, type RunningWorker } from './worker/start.ts'
import { submissions } from './workflows/submission.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})

afterAll(() => server.stop())

/** Something that can be full. */
interface Disk {
  fill(): void
  empty(): void
}

/** Asks for workflows while the disk is full, fills it once more while they run, and judges what became of them. */
async function story(folder: string, seed: string, disk: Disk): Promise<void> {
  const store = join(folder, 'store.sqlite')
  const asked = await submissions(seed)
  const person = new Person(store, server, asked)
  const worker = startWorker({ store, server: server.url, seed, waits: true }, line => person.hear(line, 'when parked'))
  try {
    await fillTwice(worker, disk, seed)
    const life = await worker.ended
    await person.done()
    expect(life.fault).toBeUndefined()
    const opened = openSqliteStore(store)
    const arrivals = await server.log(`${seed}/`)
    const evidence = { store: opened, submissions: asked, lives: [life], arrivals, retried: person.retried }
    expect(await lasting(evidence)).toEqual([])
    expect(await outcomeProblems(evidence)).toEqual([])
    await opened.close()
  } finally {
    worker.kill()
    await worker.ended
  }
}

async function fillTwice(worker: RunningWorker, disk: Disk, seed: string): Promise<void> {
  const sent = async () => (await server.log(`${seed}/`)).filter(({ kind }) => kind !== 'value')
  await worker.heard('open')
  disk.fill()
  worker.go()
  const refused = await worker.heard('refused')
  expect(refused.name).toBe('StoreFull')
  expect(await sent()).toEqual([])
  expect(refused.message).toMatch(/no disk space left for .*: free some/)
  disk.empty()
  await worker.heard('accepted')
  disk.fill()
  // Whatever is under way comes to the end of what it may do without writing.
  await new Promise(resolve => setTimeout(resolve, 500))
  const before = await sent()
  await new Promise(resolve => setTimeout(resolve, 1000))
  expect(await sent()).toEqual(before)
  disk.empty()
}

/** A disk of 4 MiB, where this machine lets us have one; else undefined. */
function smallDisk(folder: string): Disk | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  const ballast = join(folder, 'ballast')
  return { fill: () => fillUp(ballast), empty: () => rmSync(ballast) }
}

function fillUp(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (;;) writeSync(file, new Uint8Array(4096))
  } catch {
    // No space left on device: that is what was wanted.
  } finally {
    closeSync(file)
  }
}

test('a full disk stops accepting, says so, and goes on when there is room', async ({ skip }) => {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-full-disk-'))
  const disk = smallDisk(folder)
  try {
    if (!disk) return skip('this machine lets nobody here mount a small disk')
    await story(folder, 'full-disk', disk)
  } finally {
    if (disk) execFileSync('umount', [folder])
    await rm(folder, { recursive: true })
  }
})
