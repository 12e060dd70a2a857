import { expect, test } from 'vitest'
import { didKey, isDid, parseDidKey, sameDid, secretSigner, withoutFragment, type Algorithm } from '../index.ts'

// did:key 0.7 § Test vectors
test.each<[Algorithm, string]>([
  ['Ed25519', 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'],
  ['P-256', 'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'],
  ['P-256', 'did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv'],
  ['secp256k1', 'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme'],
  ['secp256k1', 'did:key:zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur2'],
])('a did:key of %s is what the specification gives for the key, and reads back', (algorithm, did) => {
  const key = parseDidKey(did)
  expect(key).toMatchObject({ ok: { algorithm } })
  expect('ok' in key && didKey(key.ok)).toBe(did)
})

// did:key 0.7 test vectors: the seed and the DID that it makes.
test.each<[Algorithm, string, string]>([
  [
    'Ed25519',
    '0000000000000000000000000000000000000000000000000000000000000000',
    'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
  ],
  [
    'secp256k1',
    '9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c',
    'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
  ],
])('a secret of %s makes the DID that the specification gives', (algorithm, secret, did) => {
  expect(secretSigner(algorithm, Uint8Array.from(Buffer.from(secret, 'hex'))).did).toBe(did)
})

test.each([
  ['did:web:example.com', 'starts with did:key:z'],
  ['did:key:z', 'is not an Ed25519'],
  ['did:key:z0OIl', 'not base58'],
  ['did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW', 'is not an Ed25519, P-256 or secp256k1 key'],
  ['did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc', 'is not an Ed25519, P-256 or secp256k1 key'],
  [`did:key:z${'6'.repeat(500)}`, 'too long'],
])('%s is refused as a key', (did, problem) => {
  const key = parseDidKey(did)
  expect(key).toMatchObject({ error: { name: 'MalformedDid' } })
  expect('error' in key && key.error.message).toContain(problem)
})

test('a key that is not a compressed point, or has another length, is refused', () => {
  const long = didKey({ algorithm: 'P-256', bytes: new Uint8Array(65).fill(4) })
  expect(parseDidKey(long)).toMatchObject({ error: { name: 'MalformedDid' } })
  const wrongSign = didKey({ algorithm: 'secp256k1', bytes: new Uint8Array(33).fill(5) })
  expect(parseDidKey(wrongSign)).toMatchObject({ error: { name: 'MalformedDid' } })
})

test('a fragment names a key of the agent, not another agent', () => {
  const did = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
  expect(isDid(`${did}#z6MkiTBz`)).toBe(true)
  expect(isDid(`${did}#a#b`)).toBe(false)
  expect(sameDid(`${did}#one`, `${did}#two`)).toBe(true)
  expect(sameDid(did, `${did.slice(0, -1)}q#one`)).toBe(false)
  expect(withoutFragment(`${did}#one`)).toBe(did)
  expect(parseDidKey(`${did}#one`)).toEqual(parseDidKey(did))
})
