import { nameOf, rawBlock, type CID } from '@ipvm/ipld'
import type { Store } from './index.ts'
import { same, started, type Stories } from './story.test-fixture.ts'

const bytes = (...values: readonly number[]) => Uint8Array.from(values)

/** What every store has to do for what is under way: intents, requests, schedules, values of its own, secrets, the claim. */
export const doingStories: Stories = {
  'keeps intents until their outcomes are written down': async make => {
    const store = await make()
    const [one, two] = ['put', 'send'].map(label => {
      return { task: nameOf(label), run: started(1).run, label, attempt: 1, at: 1_700_000_000_123 }
    })
    if (!one || !two) throw new Error('there are two')
    same(await store.intents(), [])
    const committed = store.commit({ intents: [one, two] })
    same(await store.intent(one.task), one)
    await committed
    await store.commit({ intents: [{ ...one, attempt: 2, at: 1_700_000_001_000 }] })
    same(await store.intents(), [{ ...one, attempt: 2, at: 1_700_000_001_000 }, two])
    same(await store.intent(nameOf('another')), undefined)
    const concluded = store.commit({ concluded: [one.task] })
    same(await store.intent(one.task), undefined)
    await concluded
    same(await store.intents(), [two])
    await store.close()
  },

  'keeps what is asked of runs until it is taken up, and never uses a number twice': async make => {
    const store = await make()
    const { run } = started(1)
    const link: CID = nameOf('a file')
    const settle = { type: 'settle', label: 'send', out: { ok: { sent: 1, link, bytes: bytes(1) } } } as const
    const refuse = { type: 'settle', label: 'send', out: { error: { name: 'Gone', message: 'away' } } } as const
    const retry = { type: 'retry', label: 'send' } as const
    await store.commit({ requests: [{ run, request: settle }] })
    await store.commit({ requests: [refuse, { type: 'cancel' } as const].map(request => ({ run, request })) })
    const [first, second, third] = await store.requests()
    same([first?.request, second?.request, third?.request], [settle, refuse, { type: 'cancel' }])
    same(first?.run, run)
    await store.commit({ taken: [second?.number ?? 0, third?.number ?? 0] })
    await store.commit({ requests: [{ run, request: retry }] })
    const [, last, ...more] = await store.requests()
    same([last?.request, more], [retry, []])
    same(Number(first?.number) < Number(third?.number) && Number(third?.number) < Number(last?.number), true)
    await store.close()
  },

  'keeps schedules as they were written last': async make => {
    const store = await make()
    const [one, two] = [nameOf('daily'), nameOf('once')]
    const record = { schedule: one, workflow: nameOf('workflow'), due: 2_000_000_000, missed: 0 }
    const over = { schedule: two, workflow: nameOf('workflow'), last: 1_900_000_000, missed: 3 }
    await store.commit({ schedules: [record, over] })
    same(await store.schedules(), [record, over])
    const next = { ...record, due: 2_000_086_400, last: 2_000_000_000, missed: 1 }
    await store.commit({ schedules: [next], unscheduled: [two] })
    same(await store.schedules(), [next])
    await store.close()
  },

  'keeps values by keys, each with the number of its change': async make => {
    const store = await make()
    same([await store.kv('a'), await store.kvVersion('a')], [undefined, 0])
    const put = store.commit({ kv: [{ key: 'a', value: bytes(1), version: 1 }] })
    same(await store.kv('a'), { key: 'a', value: bytes(1), version: 1 })
    await put
    await store.commit({ kv: [{ key: 'a', value: bytes(), version: 2 }] })
    same(await store.kv('a'), { key: 'a', value: bytes(), version: 2 })
    const gone = store.commit({ kv: [{ key: 'a', version: 3 }] })
    for (const _ of [1, 2]) {
      same([await store.kv('a'), await store.kvVersion('a')], [undefined, 3])
      same(await store.kvList('', { limit: 9 }), [])
      await gone
    }
    await store.commit({ kv: [{ key: 'a', value: bytes(4), version: 4 }] })
    same([(await store.kv('a'))?.version, await store.kvVersion('a')], [4, 4])
    await store.close()
  },

  'lists keys by their beginnings, in the order of their bytes, page by page': async make => {
    const store = await make()
    // In UTF-16, which is what JavaScript compares, the last of these would come before the one before it.
    const keys = ['', 'a', 'a/', 'a/1', 'a/1\u0000', 'a/10', 'a/2', 'a0', 'b', 'é', '\ufffd', '\u{1f600}']
    await store.commit({ kv: keys.toReversed().map((key, n) => ({ key, value: bytes(n), version: 1 })) })
    same(await listed(store, ''), keys)
    same(await listed(store, 'a/'), ['a/', 'a/1', 'a/1\u0000', 'a/10', 'a/2'])
    same(await listed(store, 'a/1'), ['a/1', 'a/1\u0000', 'a/10'])
    same(await listed(store, 'c'), [])
    const page = async (prefix: string, after: string) =>
      (await store.kvList(prefix, { limit: 9, after })).map(({ key }) => key)
    same(await page('a/', 'a/10'), ['a/2'])
    same(await page('a/', 'a/1x'), ['a/2'])
    same(await page('a/', 'A'), ['a/', 'a/1', 'a/1\u0000', 'a/10', 'a/2'])
    same(await page('a/', 'b'), [])
    await store.close()
  },

  'marks what comes of a secret, as long as it is there': async make => {
    const store = await make({ now: () => 5 })
    const { cid, bytes: content } = rawBlock(bytes(1, 2))
    await store.commit({ blocks: [{ cid, bytes: content }], secrets: [nameOf('a task')] })
    same([await store.isSecret(cid), await store.isSecret(nameOf('a task'))], [false, true])
    const marked = store.commit({ secrets: [cid] })
    same(await store.isSecret(cid), true)
    await marked
    same(new Set((await store.listSecrets()).map(String)), new Set([cid, nameOf('a task')].map(String)))
    await store.remove({ newestRun: undefined, usedBefore: 6, blocks: [cid] })
    same([await store.isSecret(cid), await store.isSecret(nameOf('a task'))], [false, true])
    await store.close()
  },

  'gives one the right to run its workflows at a time': async make => {
    const store = await make()
    const one = await store.claim('one')
    if ('error' in one) throw new Error(one.error.message)
    const two = await store.claim('two')
    same('error' in two && [two.error.name, two.error.owner], ['Claimed', 'one'])
    await one.ok.release()
    const again = await store.claim('two')
    if ('error' in again) throw new Error(again.error.message)
    // What was given back is not given back once more.
    await one.ok.release()
    const three = await store.claim('three')
    same('error' in three && three.error.owner, 'two')
    await again.ok.release()
    await store.close()
  },

  'does not take its own writes for those of others': async make => {
    const store = await make()
    const before = await store.foreignWrites()
    await store.commit({ blocks: [rawBlock(bytes(7))] })
    same(await store.foreignWrites(), before)
    await store.close()
  },
}

async function listed(store: Store, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for (;;) {
    const page = await store.kvList(prefix, { limit: 2, after: keys.at(-1) })
    if (page.length === 0) return keys
    keys.push(...page.map(({ key }) => key))
  }
}
