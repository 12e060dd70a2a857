import type { Context } from 'hono'
import type { Events } from '../events.ts'
import { checkSignature, signingKey } from '../webhook/signature.ts'
import { bodyValue, readBody } from './body.ts'
import { headerOf } from './incoming.ts'
import { noPlace, refuse, unknown } from './refusals.ts'

/**
 * Takes a webhook: checked, written down, and only then answered. One that comes again is answered in the same way, and
 * is no new event.
 */
export async function takeWebhook(c: Context, events: Events): Promise<Response> {
  const name = c.req.param('name') ?? ''
  const delivery = events.active(name)
  const source = delivery?.trigger.source
  if (!delivery || source?.kind !== 'webhook') return unknown(c, name)
  if (delivery.isFull) return noPlace(c, 429, `${delivery.waiting} events wait already`)
  const body = await readBody(c)
  if ('error' in body) return refuse(c, body.error.status, body.error.name, body.error.message)
  const secret = await events.parts.secrets.get(source.secret)
  const key = 'ok' in secret ? signingKey(secret.ok, source.scheme) : undefined
  if (!key) return noPlace(c, 503, 'its owner has not set the secret that it is checked by', 60)
  const posted = { header: (header: string) => headerOf(c, header), body: body.ok }
  const signed = checkSignature(posted, { key, now: events.parts.world.now() }, source)
  if ('error' in signed) return refuse(c, 401, signed.error.name, signed.error.message)
  const value = bodyValue(body.ok, headerOf(c, 'content-type'))
  if ('error' in value) return refuse(c, value.error.status, value.error.name, value.error.message)
  const { id, type } = signed.ok
  // Many may have come while this one was read.
  if (delivery.isFull) return noPlace(c, 429, `${delivery.waiting} events wait already`)
  try {
    await delivery.take([{ id, type: type === undefined ? 'webhook' : `webhook.${type}`, data: value.ok }])
  } catch {
    return noPlace(c, 503, 'it cannot be written down now', 10)
  }
  return c.json({ accepted: id }, 202)
}
