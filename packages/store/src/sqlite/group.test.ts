import { afterEach, expect, test, vi } from 'vitest'
import { groupCommit } from './group.ts'

afterEach(() => void vi.restoreAllMocks())

test.each([
  { disk: 'quick', took: 0.5, wait: 4 },
  { disk: 'slow', took: 5, wait: 20 },
  { disk: 'stuck', took: 500, wait: 40 },
])(
  'after a commit on a $disk disk, the next waits for company, the longer the longer that took',
  async ({ took, wait }) => {
    let now = 1000
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const groups: number[] = []
    const group = groupCommit(changes => {
      now += took
      groups.push(changes.length)
    })
    await group.commit({})
    const waits = vi.spyOn(globalThis, 'setTimeout')
    const committed = [group.commit({}), group.commit({})]
    expect(waits.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([wait])
    await Promise.all(committed)
    expect(groups).toEqual([1, 2])
  },
)
