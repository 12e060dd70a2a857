import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInEffects } from '@ipvm/effects'
import { decodeJson, encodeJson, error, isMap, nameOf, type Value, type ValueMap } from '@ipvm/ipld'
import { eventBlock } from '@ipvm/runtime'
import { alice, bob } from '@ipvm/testing'
import { httpServer, mailServer, nameServer } from '@ipvm/testing/outside'
import { anyAllows, delegate, type NameRecord, type Outcome } from '@ipvm/ucan'
import { compile } from '@ipvm/workflow'
import { afterAll, expect, test } from 'vitest'
import { bobsNode, closedLater, good } from './packages/effects/src/outside.test-fixture.ts'
import { effectsDocument } from './scripts/docs-effects.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-effects-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const page = readFileSync(join(import.meta.dirname, 'docs/effects.md'), 'utf8')

test('the page of effects is that of their definitions; npm run docs:effects writes it', () => {
  expect(page).toBe(effectsDocument())
})

/** What stands for the places that examples name. */
async function outside() {
  const web = closedLater(await httpServer((_request, response) => void response.end('{"tea": true}')))
  const mail = closedLater(await mailServer())
  const names = closedLater(
    await nameServer((_name, type) => (type === 'MX' ? [{ type, priority: 10, exchange: 'mail.example.com' }] : 3)),
  )
  const url = `smtp://127.0.0.1:${mail.port}`
  const secrets: Readonly<Record<string, Value>> = { 'mail-key': 'abc', vault: new Uint8Array(32).fill(9) }
  const record = { iss: alice.did, name: 'image', mod: nameOf('image'), seq: 3, cid: nameOf('record') }
  const missing = async () => error({ name: 'Nothing', message: 'there is none' })
  const node = bobsNode(
    {
      '/file': { folders: [folder] },
      '/secret/get': { names: ['mail-key'] },
      '/crypto/sign': { keys: ['releases'] },
      '/crypto/encrypt': { keys: ['vault'] },
      '/crypto/decrypt': { keys: ['vault'] },
      '/http': { allow: [`${web.url}*`] },
      '/dns/resolve': { allow: ['*.example.com', 'example.com'], servers: [names.place] },
      '/msg/send': { url, from: 'news@example.com', allow: ['*@example.com'], plain: true },
    },
    {
      own: {
        keys: { signer: async name => (name === 'releases' ? { ok: alice } : missing()) },
        secrets: { get: async name => (secrets[name] === undefined ? missing() : { ok: secrets[name] }) },
        names: { find: async () => ({ ok: { ...record, wit: '', bytes: new Uint8Array() } satisfies NameRecord }) },
      },
    },
  )
  const here = (text: string) =>
    text.replaceAll('/srv/data', folder).replaceAll(/https:\/\/(?:api\.)?example\.com\//g, web.url)
  return { node, mail, here }
}

/** Runs a task for an event, as a trigger would. */
async function runForEvent(
  { store, runtime }: ReturnType<typeof bobsNode>,
  task: ValueMap,
): Promise<Outcome | undefined> {
  const compiled = good(await compile({ 'ipvm/workflow@1': { tasks: { it: task } } }))
  const event = eventBlock({ id: '1', source: 'test', type: 'test', time: 0, data: { body: 'tea' }, depth: 0 })
  await store.commit({ blocks: [compiled.document, ...compiled.blocks, event] })
  return good(await runtime.run(compiled.document.cid, { event: event.cid })).tasks.get('it')?.receipt.out
}

test('each example of the page runs, against servers on this machine', { timeout: 120_000 }, async () => {
  const { node, mail, here } = await outside()
  const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text = '']) => good(decodeJson(here(text))))
  expect(examples).toHaveLength(builtInEffects.length)
  const ran = new Map<string, Outcome | undefined>()
  // What changes something first: others read that.
  const isChange = (task: Value) =>
    builtInEffects.some(({ cmd, class: c }) => isMap(task) && task.cmd === cmd && c === 'mutation')
  for (const task of examples.toSorted((a, b) => Number(isChange(b)) - Number(isChange(a)))) {
    if (!isMap(task) || !isMap(task.args)) throw new Error('an example is a task')
    const effect = builtInEffects.find(({ cmd }) => cmd === task.cmd)
    if (!effect) throw new Error(`${String(task.cmd)} is an effect`)
    const isOfEvent = effect.cmd === '/event/get'
    const out = isOfEvent ? await runForEvent(node, task) : (await node.task(effect.cmd, task.args)).out
    if (!out || 'error' in out) throw new Error(`${effect.cmd}: ${out?.error.message ?? 'it was refused'}`)
    ran.set(effect.cmd, out)
  }
  expect(ran.get('/file/read')).toEqual({ ok: 'Good morning' })
  expect(ran.get('/block/get')).toEqual({ ok: { greeting: 'Good morning' } })
  expect(ran.get('/event/get')).toEqual({ ok: 'tea' })
  expect(ran.get('/secret/get')).toEqual({ ok: 'Bearer abc' })
  expect(ran.get('/crypto/verify')).toEqual({ ok: true })
  expect(ran.get('/crypto/decrypt')).toEqual({ ok: 'my diary' })
  expect(ran.get('/dns/resolve')).toMatchObject({ ok: [{ exchange: 'mail.example.com' }] })
  expect(mail.mails).toHaveLength(1)
})

test.each(builtInEffects.map(({ cmd, about }) => ({ cmd, example: about.example })))(
  'a delegation of $cmd allows its example, and what it refuses is refused',
  async ({ cmd, example }) => {
    const { args, policy = [], refused } = example
    const fields = { aud: alice.did, sub: bob.did, cmd, exp: null, nonce: new Uint8Array(12) }
    const delegation = await delegate({ ...fields, pol: policy }, bob)
    const asked = (arguments_: ValueMap) =>
      anyAllows({ iss: alice.did, sub: bob.did, cmd, args: arguments_ }, [delegation], {
        now: 0,
        revocations: { revokersOf: () => [] },
      })
    expect(await asked(args)).toHaveProperty('ok')
    if (refused) expect(await asked(refused)).toHaveProperty('error')
    expect(Boolean(refused) || Object.keys(args).length === 0).toBe(true)
    expect(page).toContain(`--cmd ${cmd} --policy '${encodeJson(policy)}'`.replace(/.*policy '\[\]'/, cmd))
  },
)
