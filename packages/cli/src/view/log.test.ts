import { nameOf, type CID } from '@ipvm/ipld'
import { openMemoryStore } from '@ipvm/store/memory'
import { bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { logsOf, logText } from './log.ts'

const amounts = { gas: 1, memory: 1, output: 1, disk: 1, time: 1 }
const reportOf = (receipt: CID, log: string) => ({ receipt, used: amounts, limits: amounts, log })

test("a receipt's log is its run's, a task's its last run's, a run's those of all its tasks", async () => {
  const store = openMemoryStore()
  const [ran, other] = [nameOf('task'), nameOf('other')]
  const [first, last] = [
    await issueReceipt({ ran, out: { error: { name: 'TimeLimit', message: 'slow' } }, exp: 1 }, bob),
    await issueReceipt({ ran, out: { ok: 1 }, exp: null }, bob),
  ]
  const reports = [reportOf(first.cid, 'one\n'), reportOf(last.cid, 'two\nthree\n')]
  await store.commit({ receipts: [first, last], reports })
  const receipt = { kind: 'receipt', receipt: first, json: {} } as const
  expect((await logsOf(store, first.cid, receipt)).map(logText)).toEqual(['one'])
  expect((await logsOf(store, ran, { kind: 'task', task: {}, json: {} })).map(logText)).toEqual(['two\nthree'])
  const settled = [first, last].map(
    ({ cid }, i) => ({ label: `t${i}`, task: ran, how: 'ran', receipt: cid, milliseconds: 1 }) as const,
  )
  const run = { run: nameOf('run'), workflow: nameOf('w'), tasks: 3, at: 1, owner: '1', settled }
  expect((await logsOf(store, run.run, { kind: 'run', run, json: {} })).map(logText)).toEqual([
    't0: one',
    't1: two\nt1: three',
  ])
  expect(await logsOf(store, other, { kind: 'task', task: {}, json: {} })).toEqual([])
})
