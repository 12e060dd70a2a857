import { nameOf } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import { defaultConfig } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import type { Others } from '../others/others.ts'
import type { World } from '../world/world.ts'
import { askUntil } from './ask-until.ts'

const day = 86_400_000

/** A world whose clock of the day is put back by a day when an agent was asked. */
function worldPutBack() {
  let [passed, shift] = [0, day]
  const world: World = {
    owner: 'test',
    now: () => Math.floor(world.date() / 1000),
    date: () => 1_767_225_600_000 + passed + shift,
    milliseconds: () => passed,
    after: (milliseconds, callback) => {
      const timer = setImmediate(() => {
        passed += milliseconds
        callback()
      })
      return () => clearImmediate(timer)
    },
    random: count => new Uint8Array(count),
  }
  const putBack = () => {
    shift = 0
  }
  return { world, putBack }
}

test('an agent that is away is given up in time, though the clock was put back by a day meanwhile', async () => {
  const { world, putBack } = worldPutBack()
  let asked = 0
  const others: Others = {
    ask: async () => {
      asked += 1
      putBack()
      return { away: { name: 'Unreachable', message: 'nobody is there' }, sent: false }
    },
  }
  const asking = { agent: bob.did, task: nameOf('task'), tokens: [], blocks: [] }
  const answered = await askUntil(others, asking, {
    ...{ world, until: world.date() + 10_000, retry: defaultConfig.retry, doubt: { sent: false } },
    signal: new AbortController().signal,
  })
  expect(answered).toEqual({ late: { name: 'Unreachable', message: 'nobody is there' } })
  expect(world.milliseconds()).toBe(10_000)
  expect(asked).toBeGreaterThan(1)
})
