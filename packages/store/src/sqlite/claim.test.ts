import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawBlock } from '@ipvm/ipld'
import { afterAll, expect, test } from 'vitest'
import { claimantOf, openSqliteStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-claim-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newPath = () => join(folder, `${files++}.db`)

async function startChild(path: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'claim.test-process.ts'), path])
  const [said] = await once(child.stdout, 'data')
  const kill = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { said: String(said).trim(), kill }
}

test('the right to run workflows ends with the process that has it, also where that is killed', async () => {
  const path = newPath()
  const child = await startChild(path)
  expect(child.said).toBe('taken')
  const store = openSqliteStore(path)
  expect(await store.claim('us')).toMatchObject({ error: { name: 'Claimed', owner: 'the child' } })
  // The store itself is everybody's.
  await store.commit({ blocks: [rawBlock(Uint8Array.of(1))] })
  await child.kill()
  expect(await store.claim('us')).toHaveProperty('ok')
  const second = await startChild(path)
  expect(second.said).toBe('us')
  await second.kill()
  await store.close()
})

test('two stores in one process have one claim between them, and closing one gives none away', async () => {
  const path = newPath()
  const [one, two, three] = [openSqliteStore(path), openSqliteStore(path), openSqliteStore(path)]
  const claim = await one.claim('one')
  expect(await two.claim('two')).toMatchObject({ error: { owner: 'one' } })
  await two.close()
  expect(await three.claim('three')).toMatchObject({ error: { owner: 'one' } })
  const child = await startChild(path)
  expect(child.said).toBe('one')
  await child.kill()
  if ('ok' in claim) await claim.ok.release()
  expect(await three.claim('three')).toHaveProperty('ok')
  await Promise.all([one.close(), three.close()])
})

test('anyone sees who has the claim, without touching it', async () => {
  const path = newPath()
  expect(claimantOf(path)).toBeUndefined()
  const store = openSqliteStore(path)
  expect(claimantOf(path)).toBeUndefined()
  const child = await startChild(path)
  expect(claimantOf(path)).toBe('the child')
  await child.kill()
  expect(claimantOf(path)).toBeUndefined()
  const claim = await store.claim('us')
  expect(claimantOf(path)).toBe('us')
  if ('ok' in claim) await claim.ok.release()
  expect(claimantOf(path)).toBeUndefined()
  await store.close()
})

test('closing a store gives its claim back', async () => {
  const path = newPath()
  const [one, two] = [openSqliteStore(path), openSqliteStore(path)]
  expect(await one.claim('one')).toHaveProperty('ok')
  await one.close()
  expect(await two.claim('two')).toHaveProperty('ok')
  await two.close()
})

test('what others write is noticed, each time, and what was written here is not', async () => {
  const path = newPath()
  const [one, two] = [openSqliteStore(path), openSqliteStore(path)]
  const noticed: boolean[] = []
  let before = await one.foreignWrites()
  const step = async (work: Promise<void>) => {
    await work
    const now = await one.foreignWrites()
    noticed.push(now !== before)
    before = now
  }
  await step(one.commit({ blocks: [rawBlock(Uint8Array.of(1))] }))
  await step(two.commit({ blocks: [rawBlock(Uint8Array.of(2))] }))
  await step(Promise.resolve())
  await step(two.commit({ blocks: [rawBlock(Uint8Array.of(3))] }))
  await step(one.commit({ blocks: [rawBlock(Uint8Array.of(4))] }))
  expect(noticed).toEqual([false, true, false, true, false])
  await Promise.all([one.close(), two.close()])
})
