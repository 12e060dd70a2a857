import { join } from 'node:path'
import { CID } from '@ipvm/ipld'
import { settledBy } from '@ipvm/store'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { carol } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { afterAll, expect, test } from 'vitest'
import { place, root } from './ipvm.test-fixture.ts'

const { folder, ipvm, remove } = place()
afterAll(remove)

test('results that contradict each other are told of, and running the task again says who was wrong', async () => {
  const add = join(root, 'guests', 'add', 'add.wasm')
  const ran = await ipvm('bob', ['run', add, 'add-one', '41'])
  const own = /show (baf\w+)/.exec(ran.err)?.[1] ?? ''
  expect((await ipvm('bob', ['equivocations'])).out).toBe('No results contradict each other\n')
  const shown = JSON.parse((await ipvm('bob', ['show', own, '--json'])).out)
  // Carol, whom Bob trusts, has signed something else.
  const task = CID.parse(shown.ran['/'])
  const other = await issueReceipt({ ran: task, out: { ok: 43 }, profile: shown.profile, exp: null }, carol)
  const store = openSqliteStore(join(folder, 'bob', 'store.db'))
  await store.commit({ trusted: [carol.did], receipts: [other], ...(await settledBy(store, other)) })
  await store.close()
  const listed = (await ipvm('bob', ['equivocations'])).out
  for (const part of [`Task ${task}`, own, `${other.cid}`, carol.did, '    42\n', '    43\n', 'ipvm rerun']) {
    expect(listed).toContain(part)
  }
  expect((await ipvm('bob', ['ps'])).err).toContain('results of 1 tasks contradict each other')
  for (const name of [own, `${task}`]) {
    expect((await ipvm('bob', ['show', name])).out).toContain('contradicted by 1 other results')
  }
  // Bob's own result counts for him, whatever others say.
  expect((await ipvm('bob', ['run', add, 'add-one', '41'])).out).toBe('42\n')
  const again = await ipvm('bob', ['rerun', `${task}`])
  expect(again.out).toBe('42\n')
  expect(again.err).toContain(`Wrong: ${carol.did}, by ${other.cid}; it counts no more`)
  expect(again.err).toMatch(new RegExp(`Right: did:key:\\w+, by ${own}`))
  const [line = ''] = (await ipvm('bob', ['equivocations', '--json'])).out.split('\n')
  expect(JSON.parse(line).results.map((one: { wrong: boolean }) => one.wrong)).toEqual([false, true])
  expect((await ipvm('bob', ['show', `${other.cid}`])).out).toContain('it counts no more')
  expect((await ipvm('bob', ['ps'])).err).not.toContain('contradict')
})
