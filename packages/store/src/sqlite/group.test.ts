import { rawBlock } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import type { Change } from '../store.ts'
import { groupCommit } from './group.ts'

/** A disk that writes when it is told to. */
function slowDisk() {
  const groups: number[] = []
  const under: PromiseWithResolvers<ReadonlyMap<number, unknown>>[] = []
  const write = (changes: readonly Change[]) => {
    groups.push(changes.length)
    const writing = Promise.withResolvers<ReadonlyMap<number, unknown>>()
    under.push(writing)
    return writing.promise
  }
  const next = async () => {
    while (under.length === 0) await turn()
    return under.shift()
  }
  return { groups, write, next }
}

const turn = () => new Promise(resolve => setImmediate(resolve))
const none = new Map<number, unknown>()

test('what comes in one turn is one group, and is written at the end of it', async () => {
  const groups: number[] = []
  const group = groupCommit(changes => {
    groups.push(changes.length)
    return none
  })
  await Promise.all([group.commit({}), group.commit({})])
  await group.commit({})
  expect(groups).toEqual([2, 1])
})

test('what comes while the disk is busy is the next group, whether it can wait or not', async () => {
  const disk = slowDisk()
  const group = groupCommit(disk.write)
  const first = group.commit({})
  const writing = await disk.next()
  const later = [group.commit({ canWait: true }), group.commit({}), group.commit({})]
  await turn()
  expect(disk.groups).toEqual([1])
  writing?.resolve(none)
  await first
  const second = await disk.next()
  expect(disk.groups).toEqual([1, 3])
  second?.resolve(none)
  await Promise.all(later)
})

test('a change that can wait is written with the next that cannot, or by itself after a while', async () => {
  const groups: number[] = []
  const group = groupCommit(changes => {
    groups.push(changes.length)
    return none
  })
  const waiting = group.commit({ canWait: true })
  await turn()
  await turn()
  expect(groups).toEqual([])
  await Promise.all([waiting, group.commit({})])
  expect(groups).toEqual([2])
  await group.commit({ canWait: true })
  expect(groups).toEqual([2, 1])
})

test('where a group fails, what was committed meanwhile fails with it, and what comes after that does not', async () => {
  const disk = slowDisk()
  const group = groupCommit(disk.write)
  const block = rawBlock(Uint8Array.of(1))
  const outcomes = [group.commit({}).catch(String)]
  const writing = await disk.next()
  outcomes.push(group.commit({ blocks: [block] }).catch(String), group.commit({ canWait: true }).catch(String))
  expect(group.fronts.some(({ blocks }) => blocks.size > 0)).toBe(true)
  writing?.reject(new Error('full'))
  expect(await Promise.all(outcomes)).toEqual(['Error: full', 'Error: full', 'Error: full'])
  expect(group.fronts).toEqual([])
  const after = group.commit({})
  const second = await disk.next()
  second?.resolve(none)
  await after
  expect(disk.groups).toEqual([1, 1])
})

test('a change that could not be written while the others were fails alone', async () => {
  const group = groupCommit(() => new Map([[1, new Error('wrong')]]))
  const outcomes = [1, 2, 3].map(() => group.commit({}).then(() => 'written', String))
  expect(await Promise.all(outcomes)).toEqual(['written', 'Error: wrong', 'written'])
})

test('draining waits for what is being written and for what came meanwhile, also where that fails', async () => {
  const disk = slowDisk()
  const group = groupCommit(disk.write)
  const commits = [group.commit({})]
  const first = await disk.next()
  commits.push(group.commit({ canWait: true }))
  let isDrained = false
  const drained = group.drain().then(() => {
    isDrained = true
  })
  first?.resolve(none)
  const second = await disk.next()
  expect(isDrained).toBe(false)
  second?.reject(new Error('full'))
  await drained
  expect((await Promise.allSettled(commits)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})
