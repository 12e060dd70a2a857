import { ok, type Failure, type Result } from '@ipvm/ipld'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  didWebUrl,
  encodeHeader,
  parseDidKey,
  readDidDocument,
  secretSigner,
  verifySignature,
  webResolver,
} from '../index.ts'
import * as noble from '../curve/noble.ts'
import { p256 } from '@noble/curves/nist.js'

const did = 'did:web:example.com'
const secret = new Uint8Array(32).fill(1)
const message = new TextEncoder().encode('rotate the picture')
const ed = secretSigner('Ed25519', secret)
const phone = secretSigner('P-256', secret)
const multikey = (key: string) => key.slice('did:key:'.length)
const edMethod = { id: `${did}#laptop`, type: 'Multikey', controller: did, publicKeyMultibase: multikey(ed.did) }

function jwk() {
  const point = p256.Point.fromBytes(noble.publicKeyOf('P-256', secret)).toBytes(false)
  const part = (from: number, to: number) => Buffer.from(point.subarray(from, to)).toString('base64url')
  return { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) }
}
const bareMethod = { id: '#bare', type: 'Multikey', publicKeyMultibase: multikey(ed.did) }
const phoneMethod = { id: '#phone', type: 'JsonWebKey2020', publicKeyJwk: jwk() }
const documentOf = (fields: object) => JSON.stringify({ id: did, ...fields })

/** A web of one document, which counts who asks. */
function web(text: (url: string) => Result<string, Failure>) {
  const asked: string[] = []
  const clock = { time: 1000 }
  const fetchDocument = async (url: string) => {
    asked.push(url)
    return text(url)
  }
  return { asked, clock, resolve: webResolver({ fetchDocument, now: () => clock.time, seconds: 60, entriesMax: 2 }) }
}

test.each([
  ['did:web:example.com', 'https://example.com/.well-known/did.json'],
  ['did:web:example.com:people:alice', 'https://example.com/people/alice/did.json'],
  ['did:web:Example.com%3A3000:alice#key', 'https://example.com:3000/alice/did.json'],
])('the document of %s is at %s', (text, url) => {
  expect(didWebUrl(text)).toEqual({ ok: url })
})

test.each([
  'did:web:',
  'did:key:z6Mk',
  'did:web:user@example.com',
  'did:web:example.com/path',
  'did:web:example.com:..:secret',
  'did:web:example.com:%2e%2e:secret',
  'did:web:example.com:a%2Fb',
  'did:web:example.com:a%',
  'did:web:example.com:',
  'did:web:exa mple.com',
  'did:web:example.com%3Aabc',
  'did:web:example.com?x',
  'did:web:[::1]',
])('%s names no document', text => {
  expect(didWebUrl(text)).toMatchObject({ error: { name: 'MalformedDid' } })
})

test('a did:web signs with any of its keys, a fragment picks one, and a stranger’s signature is refused', async () => {
  const { resolve, asked } = web(() => ok(documentOf({ verificationMethod: [edMethod, phoneMethod] })))
  const check = async (issuer: string, signer = ed) =>
    verifySignature(issuer, encodeHeader(signer.algorithm), message, await signer.sign(message), { resolve })
  expect(await check(did)).toHaveProperty('ok')
  expect(await check(did, phone)).toHaveProperty('ok')
  expect(await check(`${did}#phone`, phone)).toHaveProperty('ok')
  expect(await check(`${did}#phone`)).toMatchObject({ error: { name: 'InvalidSignature' } })
  expect(await check(`${did}#lost`)).toMatchObject({ error: { name: 'UnresolvedDid' } })
  const mallory = secretSigner('Ed25519', new Uint8Array(32).fill(9))
  expect(await check(did, mallory)).toMatchObject({ error: { name: 'InvalidSignature' } })
  expect(asked).toEqual(['https://example.com/.well-known/did.json'])
})

test('an answer counts for its time, a failure is not kept, and who asks meanwhile waits for the same answer', async () => {
  let answer: Result<string, Failure> = { error: { name: 'Offline', message: 'the network is down' } }
  const { resolve, asked, clock } = web(url => {
    const other = /[ab]\.com/.exec(url)
    return other ? ok(JSON.stringify({ id: `did:web:${other[0]}`, verificationMethod: [bareMethod] })) : answer
  })
  const first = await resolve(did)
  expect('error' in first && first.error.message).toContain('the network is down')
  answer = ok(documentOf({ verificationMethod: [edMethod] }))
  const [a, b] = await Promise.all([resolve(did), resolve(`${did}#laptop`)])
  expect(a).toEqual(b)
  expect(asked.length).toBe(2)
  clock.time += 59
  await resolve(did)
  expect(asked.length).toBe(2)
  clock.time += 1
  answer = ok(documentOf({ verificationMethod: [phoneMethod] }))
  expect(await resolve(did)).toMatchObject({ ok: [{ algorithm: 'P-256' }] })
  expect(asked.length).toBe(3)
  for (const other of ['did:web:a.com', 'did:web:b.com', did] as const) await resolve(other)
  expect(asked.length).toBe(6)
})

test('where fetching throws, nothing of it is kept', async () => {
  let broken = true
  const { resolve } = web(() => {
    if (broken) throw new Error('a bug of the fetcher')
    return ok(documentOf({ verificationMethod: [edMethod] }))
  })
  await expect(resolve(did)).rejects.toThrow('a bug of the fetcher')
  broken = false
  expect(await resolve(did)).toHaveProperty('ok')
})

test('only keys that may sign count, where the document says what they are for', () => {
  const keys = (fields: object) => {
    const methods = readDidDocument(did, documentOf(fields))
    return 'ok' in methods ? methods.ok.map(({ id }) => id) : methods.error.name
  }
  const verificationMethod = [edMethod, phoneMethod]
  expect(keys({ verificationMethod })).toEqual([`${did}#laptop`, `${did}#phone`])
  expect(keys({ verificationMethod, assertionMethod: ['#phone'] })).toEqual([`${did}#phone`])
  expect(keys({ verificationMethod, keyAgreement: ['#phone'] })).toBe('UnresolvedDid')
  expect(keys({ capabilityInvocation: [edMethod] })).toEqual([`${did}#laptop`])
  expect(keys({ verificationMethod: [{ ...edMethod, controller: 'did:web:other.com' }] })).toBe('UnresolvedDid')
  expect(keys({ verificationMethod: [{ ...phoneMethod, publicKeyJwk: { ...jwk(), d: 'AA' } }] })).toBe('UnresolvedDid')
  expect(keys({ id: 'did:web:other.com', verificationMethod })).toBe('UnresolvedDid')
  expect(keys({ verificationMethod: Array.from({ length: 33 }, () => edMethod) })).toBe('UnresolvedDid')
})

test('Ed25519VerificationKey2020 is read, with its multicodec', () => {
  const method = { ...edMethod, type: 'Ed25519VerificationKey2020' }
  const key = parseDidKey(ed.did)
  expect(readDidDocument(did, documentOf({ verificationMethod: [method] }))).toEqual({
    ok: [{ id: `${did}#laptop`, key: 'ok' in key && key.ok }],
  })
})

test('no document makes it throw', () => {
  const field = fc.constantFrom(
    'id',
    'verificationMethod',
    'assertionMethod',
    'type',
    'publicKeyJwk',
    'publicKeyMultibase',
  )
  const json = fc.oneof(
    fc.json(),
    fc.dictionary(field, fc.jsonValue()).map(value => JSON.stringify({ ...value, id: did })),
  )
  fc.assert(fc.property(fc.oneof(fc.string(), json), text => void readDidDocument(did, text)))
  expect(readDidDocument(did, '['.repeat(60_000))).toHaveProperty('error')
  expect(readDidDocument(did, ' '.repeat(70_000))).toHaveProperty('error')
})
