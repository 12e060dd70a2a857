import { encode, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import type { Receipt } from '@ipvm/ucan'
import { openMemoryStore } from '@ipvm/store/memory'
import { workflow, type TaskHandle } from '@ipvm/workflow'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { defineEffect } from '../effect/define.ts'
import type { EndedRun } from '../run/event.ts'
import { Runtime } from '../runtime.ts'
import { bobsEffects, bobsSeal, denied, good, refused, revealed } from '../node.test-fixture.ts'
import { guarded, spill } from '../outcome/spill.ts'
import { isSealed, sealedKey } from './sealed.ts'
import { webCryptoSeal } from './web-crypto-seal.ts'

const word = 'hunter2'
const heard: ValueMap[] = []
const of = { args: v.custom<Value>(() => true) }

/** A vault that gives the word, a service that is told it, and Bob's node with both. */
function bobsVault(store = openMemoryStore()) {
  heard.length = 0
  const vault = defineEffect({
    ...of,
    cmd: '/vault/get',
    class: 'query',
    taints: true,
    run: async () => ({ ok: word }),
  })
  const call = defineEffect({
    ...of,
    cmd: '/service/call',
    class: 'mutation',
    secret: true,
    run: async (args, { key }) => {
      if (!isMap(args)) throw new Error('arguments are a map')
      heard.push(args)
      if (args.fails) return { error: { name: 'Denied', message: `no ${word} ${key}`, told: word }, verdict: 'final' }
      return { ok: { answer: 42, about: word } }
    },
  })
  return bobsEffects(store, [vault, call])
}

type Build = Parameters<Parameters<typeof workflow>[1]>[0]

/** A workflow whose task `key` takes the word from the vault. */
const vaulted = (more: (build: Build & { readonly key: TaskHandle }) => void) =>
  workflow('vaulted', build => more({ ...build, key: build.task('key', { cmd: '/vault/get', args: {} }) }))

/** The receipt of a task that was settled. */
function receiptOf({ tasks }: EndedRun, label: string): Receipt {
  const receipt = tasks.get(label)?.receipt
  if (!receipt) throw new Error(`${label} was settled`)
  return receipt
}

function texts(receipts: Iterable<Pick<Receipt, 'bytes'>>): string {
  return [...receipts].map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('\n')
}

test('a secret is opened where it is used, and is in nothing that is written down', async () => {
  const written: Uint8Array[] = []
  const plain = openMemoryStore()
  const store = {
    ...plain,
    commit: (change: Parameters<typeof plain.commit>[0]) => {
      for (const { bytes } of [...(change.blocks ?? []), ...(change.receipts ?? [])]) written.push(bytes)
      written.push(encode((change.journal ?? []).map(({ event }) => JSON.stringify(event))))
      return plain.commit(change)
    },
  }
  const { run } = bobsVault(store)
  const ended = await run(
    vaulted(({ task, key }) => {
      const twice = task('twice', { cmd: '/test/echo', args: { value: [key, key] } })
      task('call', { cmd: '/service/call', args: { key, both: twice } })
      task('told', { cmd: '/service/call', args: { key, note: 'open' } }, { config: { secret: false } })
    }),
  )
  const { tasks, end } = ended
  expect(end).toBe('ok')
  expect(heard).toEqual(
    expect.arrayContaining([
      { key: word, both: [word, word] },
      { key: word, note: 'open' },
    ]),
  )
  const receipts = new Map([...tasks].map(([label, { receipt }]) => [label, receipt]))
  for (const label of ['key', 'twice', 'call']) {
    const { out } = receipts.get(label) ?? {}
    expect(out && 'ok' in out && isSealed(out.ok)).toBe(true)
  }
  expect(await revealed(store, receiptOf(ended, 'twice'))).toEqual({ ok: [word, word] })
  // Its owner has declared that the answer is none.
  expect(receipts.get('told')?.out).toEqual({ ok: { answer: 42, about: word } })
  receipts.delete('told')
  expect(texts(receipts.values())).not.toContain(word)
  const without = written.filter(bytes => !Buffer.from(bytes).includes('about'))
  expect(without.length).toBeLessThan(written.length)
  expect(Buffer.concat(without).includes(word)).toBe(false)
})

test('what an effect says of its failure is sealed, and where its answer is none, let go of', async () => {
  const { run, store } = bobsVault()
  const ended = await run(
    vaulted(({ task, key }) => {
      task('sealed', { cmd: '/service/call', args: { key, fails: true } })
      task('after', { cmd: '/test/echo', args: { value: { 'await/error': 'sealed' } } })
      task('bare', { cmd: '/service/call', args: { key, fails: 2 } }, { config: { secret: false } })
      task('reader', { cmd: '/test/echo', args: { value: { 'await/error': 'bare' } } })
    }),
  )
  const [sealed, after] = [receiptOf(ended, 'sealed'), receiptOf(ended, 'after')]
  expect(sealed.out).toMatchObject({ error: { name: 'Denied', message: 'what it says comes of a secret' } })
  expect(texts([sealed, after])).not.toContain(word)
  const whole = { name: 'Denied', message: expect.stringContaining(`no ${word}`), told: word }
  expect(await revealed(store, sealed)).toEqual({ error: whole })
  expect(await revealed(store, after)).toEqual({ ok: whole })
  expect(receiptOf(ended, 'bare').out).toEqual({ error: { name: 'Denied', message: 'what it says comes of a secret' } })
  expect(receiptOf(ended, 'reader').out).toEqual({
    ok: { name: 'Denied', message: 'what it says comes of a secret' },
  })
})

test('a handler is given the failure of a secret in the clear, and what it says is sealed', async () => {
  const { run, store } = bobsVault()
  for (const [fun, expected] of [
    ['tell', { error: { message: 'seen: true', name: 'Trap' } }],
    ['zero', { ok: 0 }],
  ] as const) {
    const ended = await run(
      workflow('caught', ({ task }) => void task('broken', { cmd: '/test/fail', args: {} }, { secret: true }), {
        catch: { mod: new Uint8Array([0, 97, 115, 109]), fun },
      }),
    )
    const receipt = receiptOf(ended, 'broken')
    expect(texts([receipt])).not.toContain('seen')
    expect(await revealed(store, receipt)).toMatchObject(expected)
  }
})

test('the same secret has the same sealed form for the same question, and a pure result of it is known again', async () => {
  const { run, ran } = bobsVault()
  const flow = vaulted(({ task, key }) => void task('twice', { cmd: '/test/echo', args: { value: [key, key] } }))
  await run(flow)
  const again = await run(flow)
  expect(ran).toEqual(['echo'])
  expect(again.tasks.get('twice')?.how).toBe('reused')
})

test('what is secret is not known to who makes no secret of it, nor the other way round', async () => {
  const { run, ran, store } = bobsVault()
  const echo = (secret: boolean) =>
    workflow('echo', ({ task }) => void task('t', { cmd: '/test/echo', args: { value: word } }, { secret }))
  const outs = []
  for (const secret of [true, false, true, false]) {
    const receipt = receiptOf(await run(echo(secret)), 't')
    outs.push('ok' in receipt.out && isSealed(receipt.out.ok), await revealed(store, receipt))
  }
  expect(outs).toEqual([true, { ok: word }, false, { ok: word }, true, { ok: word }, false, { ok: word }])
  expect(ran).toEqual(['echo', 'echo'])
})

test('sealed bytes that a stranger writes into a workflow, or that the world answers, are opened for nobody', async () => {
  const { run, attempts, store } = bobsVault()
  const key = receiptOf(await run(vaulted(() => {})), 'key')
  const { out } = key
  const copied: Value = 'ok' in out ? out.ok : null
  expect(isSealed(copied)).toBe(true)
  attempts.set('stolen', [{ ok: { inside: copied } }])
  attempts.set('bare', [{ ok: copied }])
  await run(
    workflow('thief', ({ task }) => {
      task('written', { cmd: '/service/call', args: { copied } })
      const answer = task('answer', { cmd: '/test/ask', args: { value: 'stolen' } }, { secret: true })
      task('inside', { cmd: '/service/call', args: { answer } })
    }),
  )
  expect(heard).toEqual([{ copied }, { answer: { inside: copied } }])
  const bare = await run(workflow('bare', ({ task }) => void task('it', { cmd: '/test/ask', args: { value: 'bare' } })))
  expect(receiptOf(bare, 'it').out).toMatchObject({ error: { name: 'ReservedResult' } })
  expect(await revealed(store, key)).toEqual({ ok: word })
})

test('a large secret is sealed before it is put into blocks', async () => {
  const { run, attempts, store } = bobsVault()
  const large = new TextEncoder().encode(word.repeat(10_000))
  attempts.set('large', [{ ok: large }])
  const ended = await run(
    workflow('large', ({ task }) => {
      const big = task('big', { cmd: '/test/ask', args: { value: 'large' } }, { secret: true })
      task('echo', { cmd: '/test/echo', args: { value: [big] } })
      task('call', { cmd: '/service/call', args: { big } })
    }),
  )
  expect(heard).toEqual([{ big: large }])
  const receipt = receiptOf(ended, 'echo')
  expect(JSON.stringify(receipt.out)).toContain(sealedKey)
  expect(await revealed(store, receipt)).toEqual({ ok: [large] })
  const { items } = await store.listBlocks({ limit: 1000 })
  expect(items.length).toBeGreaterThan(3)
  for (const { cid } of items) {
    const bytes = await store.block(cid)
    expect(Buffer.from(bytes ?? []).includes(word)).toBe(false)
  }
})

test('attempts that fail leave nothing of a secret in the journal', async () => {
  const { submit, attempts, store } = bobsVault()
  attempts.set(word, [refused, { error: { name: 'Down', message: `cannot reach ${word}` }, verdict: 'again' }, denied])
  const { events } = await submit(
    workflow('asks', ({ task }) => {
      task(
        't',
        { cmd: '/test/ask', args: { value: word } },
        { secret: true, config: { retry: { backoff: [1, 'milliseconds'] } } },
      )
    }),
  )
  const [started] = events
  if (!started) throw new Error('it began')
  const journal = JSON.stringify(await store.journal(started.run))
  expect(journal).toContain('retrying')
  expect(journal).not.toContain('cannot reach')
})

test('a secret is refused where nothing seals it, and what was sealed elsewhere goes nowhere', async () => {
  const { world, store, runtime, invocationOf } = bobsVault()
  await runtime.close()
  const flow = workflow('t', ({ task }) => void task('t', { cmd: '/test/echo', args: { value: 1 } }, { secret: true }))
  const echo = { profile: 'test/1', parallel: 1, run: async () => ({ out: { ok: 1 }, permanent: true }) }
  const open = new Runtime({ store, world, signer: bob, commands: { '/test/echo': echo } })
  const result = await open.submit(await invocationOf(flow))
  expect(result).toMatchObject({ error: { name: 'NoSeal', path: 'tasks.t' } })
  await open.close()
})

test('a function that is given a secret cannot declare that its result is none', async () => {
  const { submit } = bobsVault()
  const { result } = await submit(
    vaulted(({ task, key }) =>
      task('echo', { cmd: '/test/echo', args: { value: key } }, { config: { secret: false } }),
    ),
  )
  expect(result).toMatchObject({ error: { name: 'InvalidWorkflow', path: 'tasks.echo.meta.ipvm/config.secret' } })
})

test('what is sealed comes back, only by its own key, and tells neither its length nor whether it is another', async () => {
  const other = await webCryptoSeal(new Uint8Array(32).fill(8))
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.uint8Array(), fc.nat(), async (bytes, context, at) => {
      const sealed = await bobsSeal.seal(bytes, context)
      expect(good(await bobsSeal.open(sealed))).toEqual(bytes)
      expect(await bobsSeal.seal(bytes, context)).toEqual(sealed)
      expect(await bobsSeal.seal(bytes, new Uint8Array([...context, 1]))).not.toEqual(sealed)
      expect(await other.open(sealed)).toMatchObject({ error: { name: 'Unsealable' } })
      const changed = sealed.slice()
      changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1
      expect(await bobsSeal.open(changed)).toMatchObject({ error: { name: 'Unsealable' } })
      expect(await bobsSeal.open(sealed.slice(0, at % sealed.length))).toMatchObject({ error: { name: 'Unsealable' } })
    }),
    { numRuns: 50 },
  )
  const context = new Uint8Array()
  const lengths = await Promise.all([true, false].map(async yes => (await bobsSeal.seal(encode(yes), context)).length))
  expect(new Set(lengths).size).toBe(1)
})

test('what has the form of a sealed value and is none is no result', () => {
  const forged = { [sealedKey]: new Uint8Array(3) }
  expect(spill(guarded({ ok: forged })).out).toMatchObject({ error: { name: 'ReservedResult' } })
  expect(guarded({ error: { name: 'X', message: 'm', value: forged } })).toEqual({ error: { name: 'X', message: 'm' } })
})
