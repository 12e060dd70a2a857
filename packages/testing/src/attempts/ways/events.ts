import { createHmac } from 'node:crypto'
import { checkTrigger } from '@ipvm/events'
import { encode, encodeJson, type Value, type ValueMap } from '@ipvm/ipld'
import { eventBlock } from '@ipvm/runtime'
import { noNonce, taskName } from '@ipvm/ucan'
import { asAsked } from '../deed.ts'
import { asks, echo, trap, type Asked } from '../guests.ts'
import { good, until, webhookSecret, type AttemptNode } from '../node.ts'
import { fxLacks, onlyLacks, submitted, type Terms } from '../terms.ts'
import type { Attempt, Way } from '../way.ts'
import { chainLacks } from '../chain.ts'

const triggered = { forms: ['plain'], asker: 'bob', only: true } as const

/** A deed about what an event says at a place, as the tasks of a document. */
function about({ deed }: Attempt, select: string): ValueMap {
  const args = { ...deed.resolved, n: { 'await/ok': 'event' } }
  return { event: { cmd: '/event/get', args: { select } }, deed: { cmd: deed.cmd, args } }
}

/** Lets events of a source do that as long as something takes. */
async function during(
  attempt: Attempt,
  { only }: Terms,
  source: Value,
  select: string,
  cause: (name: string) => Promise<unknown>,
): Promise<void> {
  const { node, deed } = attempt
  const name = deed.id.replaceAll(' ', '-')
  const workflow = await node.stored(about(attempt, select))
  const fields = { name, workflow, source, nonce: node.nonce(), ...(only && { only: [...only] }) }
  good(await node.events.add(good(checkTrigger(fields))))
  await until(() => node.events.active(name) !== undefined)
  try {
    await cause(name)
  } finally {
    if (node.events.active(name)) good(await node.events.remove(name))
  }
}

/** Waits until the one event of a trigger came to something. */
async function delivered({ store, events }: AttemptNode, name: string): Promise<void> {
  const trigger = events.active(name)?.cid
  if (!trigger) throw new Error('it is there')
  await until(async () => {
    for (const state of ['dead', 'waiting', 'delivered'] as const) {
      const [event] = await store.inbox(trigger, state, { after: 0, limit: 1 })
      if (event?.attempts || state === 'dead' ? event : undefined) return true
      if (event?.run) return (await store.run(event.run))?.end !== undefined
    }
    return false
  })
}

/** A change of a value that everybody may have made. */
const kv: Way = {
  ...{ ...triggered, lacks: onlyLacks },
  prepare: attempt => ({
    run: async terms => {
      const { node, deed } = attempt
      const key = `cause ${deed.id}`
      await during(attempt, terms, { kind: 'kv', prefix: key }, '.data.value.n', async name => {
        await node.store.commit({ kv: [{ key, value: encode({ n: deed.given }), version: 1 }] })
        await delivered(node, name)
      })
    },
  }),
}

/** A receipt of a function of any workflow. */
const receipt: Way = {
  ...{ ...triggered, lacks: onlyLacks },
  prepare: attempt => ({
    run: async terms => {
      const { node, deed } = attempt
      const cause = echo({ n: deed.given, about: deed.id })
      const ran = taskName({ ...cause, nonce: noNonce })
      await during(attempt, terms, { kind: 'receipt', ran }, '.data.ok.n', async name => {
        await node.run({ cause: { ...cause } })
        await delivered(node, name)
      })
    },
  }),
}

/** A request at a function URL. */
const url: Way = {
  ...{ ...triggered, lacks: onlyLacks, own: ['removed', 'of another method'] },
  prepare: attempt => ({
    run: async terms => {
      const { node, deed, own } = attempt
      const source = { kind: 'http', methods: ['POST'], headers: [], output: 'deed', wait: 5000 }
      await during(attempt, terms, source, '.data.body.n', async name => {
        if (own === 'removed') await removed(node, name)
        const method = own === 'of another method' ? 'PUT' : 'POST'
        const headers = { 'content-type': 'application/json' }
        await node.http.request(`/fn/${name}`, { method, headers, body: encodeJson({ n: deed.given }) })
      })
    },
  }),
}

/** A signed webhook. */
const webhook: Way = {
  ...{ ...triggered, lacks: onlyLacks, own: ['removed', 'forged', 'late', 'of another body', 'of another id'] },
  prepare: attempt => ({
    run: async terms => {
      const { node, deed, own } = attempt
      const source = { kind: 'webhook', scheme: 'standard', secret: 'key', tolerance: 300 }
      await during(attempt, terms, source, '.data.n', async name => {
        if (own === 'removed') await removed(node, name)
        const body = encodeJson({ n: deed.given })
        const time = node.world.now() - (own === 'late' ? 1000 : 0)
        const key = Buffer.from(own === 'forged' ? 'guessed' : webhookSecret.slice('whsec_'.length), 'base64')
        const about = `${own === 'of another id' ? 'other' : 'id'}.${time}.${own === 'of another body' ? '{}' : body}`
        const signature = `v1,${createHmac('sha256', key).update(about).digest('base64')}`
        const headers = { 'webhook-id': 'id', 'webhook-timestamp': String(time), 'webhook-signature': signature }
        const init = { method: 'POST', body, headers: { ...headers, 'content-type': 'application/json' } }
        const { status } = await node.http.request(`/hooks/${name}`, init)
        if (status === 202) await delivered(node, name)
      })
    },
  }),
}

async function removed(node: AttemptNode, name: string): Promise<void> {
  good(await node.events.remove(name))
  await until(() => node.events.active(name) === undefined)
}

/** What looks as if it was a promise: it is put in, and is none. */
const lookalike: Way = {
  ...{ lacks: [...chainLacks, ...onlyLacks], own: ['a promise in data', 'a promise in data'], forms: ['plain'] },
  prepare: attempt => ({
    run: async terms => {
      const { node, deed, own, random } = attempt
      const known = await node.run({ known: { ...echo(deed.given) } })
      const name = known.tasks.get('known')?.task ?? null
      const n: Value = own ? { [random.pick(['await/ok', 'await/*', 'await/error'])]: name } : deed.given
      const time = node.world.date()
      const event = eventBlock({ id: deed.id, source: 'test', type: 'test', time, data: { n }, depth: 0 })
      return submitted(node, await node.stored(about(attempt, '.data.n')), terms, { event })
    },
  }),
}

/** A schedule of a workflow whose function asks for it. */
const schedule: Way = {
  ...{ lacks: fxLacks, own: ['ended'], forms: ['plain', 'function', 'query'], asker: 'bob', only: false },
  prepare: ({ node, deed, own }) => ({
    asked: { depth: 1, tasks: asAsked(deed).length },
    run: async ({ fx }) => {
      const at = node.world.now() + 10
      const ask = asks(deed.id, asAsked(deed))
      const marker: Asked = trap(`${deed.id} was due`)
      const workflow = await node.stored({ ask: { ...ask } }, fx === undefined ? {} : { config: { fx } })
      const last = await node.stored({ marker: { ...marker } })
      const once = { missed: 'once', nonce: node.nonce() } as const
      const { schedule: name } = await node.runtime.schedule({ ...once, workflow, at })
      await node.runtime.schedule({ ...once, workflow: last, at: at + 1 })
      if (own) await node.runtime.unschedule(name)
      node.world.pass(20)
      const hasEnded = async (of: typeof workflow) => (await node.store.runOf(of))?.end !== undefined
      await until(() => hasEnded(last))
      if (!own) await until(() => hasEnded(workflow))
    },
  }),
}

export const eventWays = { kv, receipt, url, webhook, lookalike, schedule }
