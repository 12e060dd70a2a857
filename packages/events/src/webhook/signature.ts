import { createHmac, timingSafeEqual } from 'node:crypto'
import { error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import { idLengthMax, signaturesMax } from '../limits.ts'
import type { SourceOf } from '../trigger/document.ts'

/** A webhook that is not what its secret signs, or not in time. The message says so, and nothing of the secret. */
export interface NotSigned extends Failure {
  readonly name: 'NotSigned'
}

/** What a signed webhook says of itself. */
export interface Signed {
  /** What comes again under it is the same. */
  readonly id: string
  readonly type?: string
}

/** A webhook as it came. */
export interface Posted {
  header(name: string): string | undefined
  readonly body: Uint8Array
}

/** What it is checked by. */
export interface SignedBy {
  readonly key: Uint8Array
  /** Seconds since 1970. */
  readonly now: number
}

type Webhook = SourceOf<'webhook'>

/**
 * The key that a secret is; nothing, where it is none: what is empty, or is not what its scheme writes, would be a key that
 * anybody can guess.
 */
export function signingKey(secret: Value, scheme: Webhook['scheme']): Uint8Array | undefined {
  if (secret instanceof Uint8Array) return secret.length > 0 ? secret : undefined
  if (typeof secret !== 'string' || secret === '') return undefined
  if (scheme !== 'standard') return Buffer.from(secret)
  const text = secret.replace(/^whsec_/, '')
  return /^[\w+/-]{2,}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
}
type Check = (posted: Posted, by: SignedBy, source: Webhook) => Result<Signed, NotSigned>

/**
 * Checks that a webhook is signed with a secret, and that it is of now where its sender says when it was sent.
 * Failure: `NotSigned`.
 */
export function checkSignature(posted: Posted, by: SignedBy, source: Webhook): Result<Signed, NotSigned> {
  const checked = schemes[source.scheme](posted, by, source)
  if ('error' in checked) return checked
  const { id } = checked.ok
  if (id.length > 0 && id.length <= idLengthMax) return checked
  return error(notSigned(`its id has ${id.length} characters; 1 to ${idLengthMax} are read`))
}

/** standardwebhooks.com: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,BASE64 …`; secrets begin with `whsec_`. */
const standard: Check = ({ header, body }, { key, now }, { tolerance }) => {
  const [id, time, signatures] = [header('webhook-id'), header('webhook-timestamp'), header('webhook-signature')]
  if (!id || !time || !signatures) return missing('webhook-id, webhook-timestamp and webhook-signature')
  const late = outOfTime(time, now, tolerance)
  if (late) return error(late)
  const wanted = hmac(key, [`${id}.${time}.`, body])
  const given = signatures.split(' ').flatMap(part => (part.startsWith('v1,') ? [part.slice('v1,'.length)] : []))
  const isSigned = given.slice(0, signaturesMax).some(text => isSame(Buffer.from(text, 'base64'), wanted))
  return isSigned ? ok({ id }) : wrong
}

/**
 * GitHub signs the body alone, not the id of the delivery: so what is signed is the name, and what was caught and is sent
 * again under another id is no new event.
 */
const github: Check = ({ header, body }, { key }) => {
  const signature = header('x-hub-signature-256')
  if (!signature?.startsWith('sha256=')) return missing('X-Hub-Signature-256')
  const wanted = hmac(key, [body])
  if (!isSame(Buffer.from(signature.slice('sha256='.length), 'hex'), wanted)) return wrong
  const type = header('x-github-event')
  return ok({ id: wanted.toString('hex'), ...(type !== undefined && { type: type.slice(0, idLengthMax) }) })
}

/** Stripe: `Stripe-Signature: t=SECONDS,v1=HEX,…`; its id and type are in the body. */
const stripe: Check = ({ header, body }, { key, now }, { tolerance }) => {
  const parts = (header('stripe-signature') ?? '').split(',').map(part => part.trim().split('='))
  const time = parts.find(([name]) => name === 't')?.[1]
  const given = parts.flatMap(([name, value = '']) => (name === 'v1' ? [value] : []))
  if (!time || given.length === 0) return missing('Stripe-Signature with t and v1')
  const late = outOfTime(time, now, tolerance)
  if (late) return error(late)
  const wanted = hmac(key, [`${time}.`, body])
  if (!given.slice(0, signaturesMax).some(text => isSame(Buffer.from(text, 'hex'), wanted))) return wrong
  const { id, type } = namesIn(body)
  if (id === undefined) return error(notSigned('its body has no id'))
  return ok({ id, ...(type !== undefined && { type: type.slice(0, idLengthMax) }) })
}

const schemes: Readonly<Record<Webhook['scheme'], Check>> = { standard, github, stripe }

function namesIn(body: Uint8Array): { readonly id?: string; readonly type?: string } {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof parsed !== 'object' || parsed === null) return {}
    return {
      ...('id' in parsed && typeof parsed.id === 'string' && { id: parsed.id }),
      ...('type' in parsed && typeof parsed.type === 'string' && { type: parsed.type }),
    }
  } catch {
    return {}
  }
}

function outOfTime(text: string, now: number, tolerance: number): NotSigned | undefined {
  const time = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
  if (Math.abs(time - now) <= tolerance) return undefined
  return notSigned(`it was sent more than ${tolerance} s ago or from now, or does not say when`)
}

function hmac(key: Uint8Array, parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHmac('sha256', key)
  for (const part of parts) digest.update(part)
  return digest.digest()
}

function isSame(given: Uint8Array, wanted: Uint8Array): boolean {
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function missing(names: string): { readonly error: NotSigned } {
  return error(notSigned(`it has no ${names}`))
}

const wrong = error(notSigned('its signature is not that of the secret'))

function notSigned(problem: string): NotSigned {
  return { name: 'NotSigned', message: `the webhook is not taken: ${problem}` }
}
