import { createServer } from 'node:http'
import { once } from 'node:events'
import * as v from 'valibot'
import { defineEffect, kvEffects, type EffectContext, type EffectOutcome } from '@ipvm/runtime'
import type { OtherSide } from './other-side.ts'

/** A shop that counts orders: at `/keyed` once under a key, at `/plain` as often as they come. */
export async function openShop(args: OtherSide['args'] = { item: 'tea' }): Promise<OtherSide> {
  const orders: string[] = []
  const keys = new Set<string>()
  let stalls = false
  const server = createServer((request, response) => {
    if (stalls) return
    const { method, url = '' } = request
    const key = String(request.headers['idempotency-key'])
    if (method === 'POST' && !(url === '/keyed' && keys.has(key))) orders.push(key)
    if (method === 'POST') keys.add(key)
    const isThere = method === 'POST' || url === '/price' || orders.includes(url.slice('/orders/'.length))
    response.statusCode = isThere ? 200 : 404
    response.end('thanks')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const leave = () => {
    server.closeAllConnections()
    server.close()
  }
  const stall = () => {
    stalls = true
  }
  const env = { SHOP: `http://127.0.0.1:${port}` }
  return { args, refused: [{}, { item: 7 }, null], env, done: () => orders.length, leave, stall, close: leave }
}

const args = v.strictObject({ item: v.string() })

async function ask(path: string, { key, signal }: EffectContext, method = 'POST'): Promise<EffectOutcome> {
  try {
    const answer = await fetch(`${process.env.SHOP}${path}`, { method, headers: { 'Idempotency-Key': key }, signal })
    if (answer.ok) return { ok: await answer.text() }
    return { error: { name: 'NotThere', message: 'there is no such order' }, verdict: 'again' }
  } catch (thrown) {
    const isRefused = thrown instanceof Error && String(thrown.cause).includes('ECONNREFUSED')
    return { error: { name: 'NoAnswer', message: String(thrown) }, verdict: isRefused ? 'again' : 'unknown' }
  }
}

export const price = defineEffect({
  cmd: '/shop/price',
  class: 'query',
  args,
  run: (_, context) => ask('/price', context, 'GET'),
})

export const keyed = defineEffect({
  cmd: '/shop/keyed',
  class: 'mutation',
  idempotent: true,
  args,
  run: (_, context) => ask('/keyed', context),
})

export const plain = defineEffect({
  cmd: '/shop/plain',
  class: 'mutation',
  args,
  run: (_, context) => ask('/plain', context),
})

export const probed = defineEffect({
  cmd: '/shop/probed',
  class: 'mutation',
  args,
  run: (_, context) => ask('/plain', context),
  probe: (_, context) => ask(`/orders/${context.key}`, context, 'GET'),
})

const keys = new Set<string>()

/** It says that it is done once under its key, and the other side does not know of keys. */
export const boastful = defineEffect({
  cmd: '/shop/boastful',
  class: 'mutation',
  idempotent: true,
  args,
  run: (_, context) => ask('/plain', context),
})

/** It remembers its keys, and its process forgets them. */
export const forgetful = defineEffect({
  cmd: '/shop/forgetful',
  class: 'mutation',
  idempotent: true,
  args,
  run: async (_, context) => {
    if (keys.has(context.key)) return { ok: 'thanks' }
    keys.add(context.key)
    return ask('/plain', context)
  },
})

/** It asks whether it was done, and does not look at the answer. */
export const hasty = defineEffect({
  cmd: '/shop/hasty',
  class: 'mutation',
  args,
  run: (_, context) => ask('/plain', context),
  probe: async () => ({ error: { name: 'NotThere', message: 'I suppose' }, verdict: 'again' }),
})

/** It waits for whatever comes, takes what it gets, and throws. */
export const careless = defineEffect({
  cmd: '/shop/careless',
  class: 'mutation',
  args: v.object({ item: v.optional(v.any()) }),
  run: async () => {
    const answer = await fetch(`${process.env.SHOP}/plain`, { method: 'POST' })
    return { ok: await answer.text() }
  },
})

export default [price, keyed, plain, probed, boastful, forgetful, hasty, careless, ...kvEffects]
