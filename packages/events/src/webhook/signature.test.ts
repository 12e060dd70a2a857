import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { SourceOf } from '../trigger/document.ts'
import { checkSignature, signingKey } from './signature.ts'

const body = new TextEncoder().encode('{"id": "evt_1", "type": "paid"}')
const now = 1_614_265_330
const source = (scheme: SourceOf<'webhook'>['scheme']) =>
  ({ kind: 'webhook', scheme, secret: 's', tolerance: 300 }) as const

function check(
  scheme: SourceOf<'webhook'>['scheme'],
  headers: { [name: string]: string },
  more: { body?: Uint8Array; secret: string; now?: number },
) {
  const posted = { header: (name: string) => headers[name], body: more.body ?? body }
  const key = signingKey(more.secret, scheme)
  if (!key) return 'no key'
  const checked = checkSignature(posted, { key, now: more.now ?? now }, source(scheme))
  return 'ok' in checked ? checked.ok : checked.error.name
}

const hex = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex')

test('Standard Webhooks: the example of the specification', () => {
  const secret = 'whsec_plJ3nmyCDGBKInavdOK15jsl'
  const example = new TextEncoder().encode('{"event_type":"ping","data":{"success":true}}')
  const headers = {
    'webhook-id': 'msg_loFOjxBNrRLzqYUf',
    'webhook-timestamp': '1731705121',
    'webhook-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
  }
  const at = { secret, body: example, now: 1_731_705_121 + 300 }
  expect(check('standard', headers, at)).toEqual({ id: 'msg_loFOjxBNrRLzqYUf' })
  const several = { ...headers, 'webhook-signature': `v1,AAAA v1a,x ${headers['webhook-signature']}` }
  expect(check('standard', several, at)).toHaveProperty('id')
  expect(check('standard', headers, { ...at, now: at.now + 1 })).toBe('NotSigned')
  expect(check('standard', { ...headers, 'webhook-id': 'msg_other' }, at)).toBe('NotSigned')
  expect(check('standard', { ...headers, 'webhook-timestamp': '1731705122' }, at)).toBe('NotSigned')
  expect(check('standard', headers, { ...at, secret: 'whsec_AAAA' })).toBe('NotSigned')
  expect(check('standard', {}, at)).toBe('NotSigned')
})

test('GitHub: the example of its documentation; what is signed is the name', () => {
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const by = { secret: "It's a Secret to Everybody", body: new TextEncoder().encode('Hello, World!') }
  const named = check('github', { 'x-hub-signature-256': signature, 'x-github-event': 'push' }, by)
  expect(named).toEqual({ id: signature.slice('sha256='.length), type: 'push' })
  expect(check('github', { 'x-hub-signature-256': signature, 'x-github-delivery': 'another' }, by)).toMatchObject({
    id: signature.slice('sha256='.length),
  })
  expect(check('github', { 'x-hub-signature-256': signature }, { ...by, body })).toBe('NotSigned')
  expect(check('github', { 'x-hub-signature-256': 'sha256=' }, by)).toBe('NotSigned')
})

test('Stripe: any of its signatures, within the time that is let', () => {
  const signed = hex('whsec_x', `${now}.${new TextDecoder().decode(body)}`)
  const header = (text: string) => ({ 'stripe-signature': text })
  const by = { secret: 'whsec_x' }
  expect(check('stripe', header(`t=${now},v1=${signed},v0=old`), by)).toEqual({ id: 'evt_1', type: 'paid' })
  expect(check('stripe', header(`t=${now},v1=${'0'.repeat(64)},v1=${signed}`), by)).toHaveProperty('id')
  expect(check('stripe', header(`t=${now},v1=${signed}`), { ...by, now: now + 301 })).toBe('NotSigned')
  expect(check('stripe', header(`t=${now + 1},v1=${signed}`), by)).toBe('NotSigned')
  expect(check('stripe', header(`t=${now},v0=${signed}`), by)).toBe('NotSigned')
  expect(check('stripe', header(`t=1e9,v1=${signed}`), by)).toBe('NotSigned')
})

test('what anybody can guess is no key', () => {
  for (const scheme of ['standard', 'github', 'stripe'] as const)
    for (const secret of ['', new Uint8Array(0), null, { key: 'x' }, ['x'], 5])
      expect(signingKey(secret, scheme)).toBeUndefined()
  for (const secret of ['whsec_', 'whsec_!!!!', 'not base64', 'whsec_='])
    expect(signingKey(secret, 'standard')).toBeUndefined()
  const bytes = new Uint8Array([0xff, 0xfe])
  expect(signingKey(bytes, 'standard')).toBe(bytes)
})
