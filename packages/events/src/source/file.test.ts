import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nameOf, readFile } from '@ipvm/ipld'
import { readEventBlock } from '@ipvm/runtime'
import { openMemoryStore } from '@ipvm/store/memory'
import { TestWorld } from '@ipvm/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Delivery } from '../inbox/delivery.ts'
import { settleMilliseconds } from '../limits.ts'
import { good, triggerOf } from '../node.test-fixture.ts'
import { contentOf } from './content.ts'
import { Folder } from './file.ts'

let path: string
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'ipvm-folder-'))
})
afterEach(() => rm(path, { recursive: true }))

/** A folder that is looked at by hand, on a clock that is moved by hand; nothing is delivered. */
function watched(waiting = 1000) {
  const [store, world, cid] = [openMemoryStore(), new TestWorld(), nameOf('trigger')]
  let clock = 0
  world.milliseconds = () => clock
  const source = { kind: 'file', path } as const
  const trigger = triggerOf({ name: 'files', workflow: nameOf('workflow'), source, waiting })
  const busy = async () => ({ error: { name: 'Busy', message: 'there is no place' } }) as const
  const runtime = { begin: busy, ended: () => new Promise<never>(() => {}) }
  const delivery = new Delivery(cid, trigger, { store, world, runtime, onNews: () => {} })
  const parts = { store, world, onProblem: () => {} }
  let folder = new Folder(source, delivery, parts)
  return {
    look: async (milliseconds = 0) => {
      clock += milliseconds
      await folder.look()
    },
    again: () => {
      folder = new Folder(source, delivery, parts)
    },
    told: async () => {
      const texts: string[] = []
      for (const { event } of await store.inbox(cid, 'waiting', { after: 0, limit: 100 })) {
        const { type, data } = good(readEventBlock((await store.block(event)) ?? new Uint8Array(0)))
        const { path: name, file } = data as { path: string; file?: Parameters<typeof readFile>[0] }
        const content = file ? new TextDecoder().decode(good(await readFile(file, block => store.block(block)))) : ''
        texts.push(`${type} ${name} ${content}`.trim())
      }
      return texts
    },
    close: () => delivery.close(),
  }
}

test('a file that is being written to is told of when it was left alone, with all of it', async () => {
  const folder = watched()
  const slow = join(path, 'slow')
  for (const part of ['a', 'b', 'c']) {
    await appendFile(slow, part)
    await folder.look(settleMilliseconds - 1)
    await folder.look()
  }
  expect(await folder.told()).toEqual([])
  await folder.look(settleMilliseconds)
  await folder.look(settleMilliseconds)
  expect(await folder.told()).toEqual(['file.created slow abc'])
  await appendFile(slow, 'd')
  await folder.look()
  await folder.look(settleMilliseconds)
  expect(await folder.told()).toEqual(['file.created slow abc', 'file.changed slow abcd'])
  folder.again()
  for (const _ of [1, 2]) await folder.look(settleMilliseconds)
  expect(await folder.told()).toHaveLength(2)
  await rm(slow)
  folder.again()
  for (const _ of [1, 2]) await folder.look(settleMilliseconds)
  expect((await folder.told()).slice(2)).toEqual(['file.removed slow'])
  await folder.close()
})

test('links are not followed, out of the folder or in it', async () => {
  const folder = watched()
  await symlink('/etc/hostname', join(path, 'out'))
  await symlink(path, join(path, 'round'))
  await writeFile(join(path, 'in'), '')
  for (const _ of [1, 2]) await folder.look(settleMilliseconds)
  expect(await folder.told()).toEqual(['file.created in'])
  await folder.close()
})

test('when there is no more room, the rest is told of later', async () => {
  const folder = watched(2)
  for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(path, name), name)
  for (const _ of [1, 2, 3]) await folder.look(settleMilliseconds)
  expect(await folder.told()).toHaveLength(2)
  await folder.close()
})

test('what was put in the place of a file since it was seen is not read', async () => {
  const [outside, inside] = [join(path, 'outside'), join(path, 'inside')]
  for (const folder of [outside, inside]) {
    await mkdir(join(folder, 'below'), { recursive: true })
    await writeFile(join(folder, 'below', 'file'), folder === outside ? 'secret' : 'public')
  }
  const seen = { name: 'below/file', path: join(inside, 'below', 'file'), size: 6, mtime: 0 }
  const text = async (root: string, file = seen) => {
    const content = await contentOf(file, root)
    return content && new TextDecoder().decode(content)
  }
  expect([await text(inside), await text(seen.path)]).toEqual(['public', 'public'])
  await appendFile(seen.path, '!')
  expect(await text(inside)).toBeUndefined()
  await rm(seen.path)
  await symlink(join(outside, 'below', 'file'), seen.path)
  expect([await text(inside), await text(seen.path)]).toEqual([undefined, undefined])
  await rename(join(inside, 'below'), join(inside, 'gone'))
  await symlink(join(outside, 'below'), join(inside, 'below'))
  expect(await text(inside)).toBeUndefined()
  // A folder may be reached by a link where its owner says so.
  await symlink(outside, join(path, 'named'))
  expect(await text(join(path, 'named'), { ...seen, path: join(path, 'named', 'below', 'file') })).toBe('secret')
})
