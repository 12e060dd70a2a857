import { nameOf, type CID } from '@ipvm/ipld'
import { openMemoryStore } from '@ipvm/store/memory'
import { bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { logsOf, logsOfEntries, logText } from './log.ts'

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
  const head = { invocation: other, delegations: [], seq: 2, suspended: false, cancelling: false }
  const run = { run: nameOf('run'), workflow: nameOf('w'), tasks: 3, at: 1, owner: '1', settled, ...head }
  expect((await logsOf(store, run.run, { kind: 'run', run, json: {} })).map(logText)).toEqual([
    't0: one',
    't1: two\nt1: three',
  ])
  expect(await logsOf(store, other, { kind: 'task', task: {}, json: {} })).toEqual([])
})

test('what a run settled is told with its time, and nothing that comes of a secret', async () => {
  const store = openMemoryStore()
  const run = nameOf('run')
  const receipts = [nameOf('one'), nameOf('two'), nameOf('three')]
  await store.commit({
    reports: receipts.map((receipt, i) => reportOf(receipt, i === 1 ? '' : `line of ${i}\n`)),
    secrets: receipts.slice(2),
  })
  const entries = receipts.map((receipt, i) => ({
    ...{ run, seq: i + 1, at: 1000 + i },
    event: { type: 'settled', label: `t${i}`, task: nameOf(i), how: 'ran', receipt, milliseconds: 1 } as const,
  }))
  expect(await logsOfEntries(store, entries)).toEqual([
    { receipt: receipts[0], log: 'line of 0\n', label: 't0', task: nameOf(0), how: 'ran', at: 1000 },
  ])
})
