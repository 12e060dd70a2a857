import { createPublicKey, verify as opensslVerify } from 'node:crypto'
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as portable from './ed25519/ed25519.ts'
import * as openssl from './ed25519/ed25519.node.ts'
import { didKey, ed25519Signer, encodeHeader, parseDidKey, parseHeader, verifySignature } from './index.ts'
import { readKeyFile, writeKeyFile } from './keyfile/keyfile.ts'

const seed = new Uint8Array(32).fill(1)
const alice = ed25519Signer(seed)
const message = new TextEncoder().encode('rotate the picture')
const header = encodeHeader('Ed25519')

test('a did:key is what the specification gives for the key, and reads back', () => {
  // did:key 0.7 § Test vectors, Ed25519
  const did = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
  const key = parseDidKey(did)
  expect('ok' in key && didKey(key.ok)).toBe(did)
})

test.each([
  'did:web:example.com',
  'did:key:z',
  'did:key:z0OIl',
  'did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169',
  `did:key:z${'6'.repeat(500)}`,
])('%s is refused as a key', did => {
  expect(parseDidKey(did)).toMatchObject({ error: { name: 'MalformedDid' } })
})

test('a signature verifies, and no longer when a bit of anything is flipped', async () => {
  const signature = await alice.sign(message)
  expect(verifySignature(alice.did, header, message, signature)).toHaveProperty('ok')
  fc.assert(
    fc.property(fc.nat(signature.length * 8 - 1), fc.nat(message.length * 8 - 1), (bit, messageBit) => {
      expect(verifySignature(alice.did, header, message, flipped(signature, bit))).toHaveProperty('error')
      expect(verifySignature(alice.did, header, flipped(message, messageBit), signature)).toHaveProperty('error')
    }),
  )
})

test('a v0 header is read, any other is refused by name', async () => {
  const signature = await alice.sign(message)
  const v0 = Uint8Array.of(0x34, 0xed, 0x01, 0x71)
  expect(verifySignature(alice.did, v0, message, signature)).toHaveProperty('ok')
  expect(parseHeader(Uint8Array.of(0x34, 0x01, 0xec))).toMatchObject({ error: { name: 'UnsupportedSignature' } })
})

test('OpenSSL and the portable implementation agree, valid and not', () => {
  const key = openssl.publicKeyOf(seed)
  expect(portable.publicKeyOf(seed)).toEqual(key)
  const signature = openssl.sign(seed, message)
  expect(portable.sign(seed, message)).toEqual(signature)
  const wrong = flipped(signature, 300)
  for (const verify of [portable.verify, openssl.verify]) {
    expect(verify(key, message, signature)).toBe(true)
    expect(verify(key, message, wrong)).toBe(false)
    expect(verify(new Uint8Array(3), message, signature)).toBe(false)
  }
})

test('a key file is for its owner alone, reads back, is OpenSSL’s own form, and is never overwritten', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'ipvm-key-')), 'key.pem')
  await writeKeyFile(path, seed)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const signer = await readKeyFile(path)
  expect('ok' in signer && signer.ok.did).toBe(alice.did)
  const publicKey = createPublicKey(await readFile(path, 'utf8'))
  expect(opensslVerify(null, message, publicKey, await alice.sign(message))).toBe(true)
  await expect(writeKeyFile(path, seed)).rejects.toThrow('EEXIST')
  await writeFile(path, 'garbage')
  expect(await readKeyFile(path)).toMatchObject({ error: { name: 'UnreadableKey' } })
})

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
