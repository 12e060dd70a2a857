import { generateKeyPairSync, sign as opensslSign } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { keyObjectSigner } from '../keyfile/index.ts'
import {
  didKey,
  encodeHeader,
  generateSigner,
  generateWebKeys,
  lowS,
  parseDidKey,
  parseHeader,
  secretSigner,
  verifySignature,
  webCryptoSigner,
  type Algorithm,
  type PublicKey,
} from '../index.ts'
import * as browser from '../curve/platform.ts'
import * as noble from '../curve/noble.ts'
import * as openssl from '../curve/platform.node.ts'

const algorithms: readonly Algorithm[] = ['Ed25519', 'P-256', 'secp256k1']
const secret = new Uint8Array(32).fill(1)
const message = new TextEncoder().encode('rotate the picture')
const orders = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

test.each(algorithms)(
  'a signature of %s verifies, and no longer when a bit of anything is flipped',
  async algorithm => {
    const alice = secretSigner(algorithm, secret)
    const header = encodeHeader(algorithm)
    const signature = await alice.sign(message)
    expect(await verifySignature(alice.did, header, message, signature)).toEqual({ ok: {} })
    const bits = fc.tuple(fc.nat(511), fc.nat(message.length * 8 - 1), fc.nat(header.length * 8 - 1))
    const flips = fc.asyncProperty(bits, async ([bit, messageBit, headerBit]) => {
      expect(await verifySignature(alice.did, header, message, flipped(signature, bit))).toHaveProperty('error')
      expect(await verifySignature(alice.did, header, flipped(message, messageBit), signature)).toHaveProperty('error')
      expect(await verifySignature(alice.did, flipped(header, headerBit), message, signature)).toHaveProperty('error')
    })
    await fc.assert(flips)
    for (const length of [0, 63, 65]) {
      expect(await verifySignature(alice.did, header, message, new Uint8Array(length))).toHaveProperty('error')
    }
  },
)

test('headers are these bytes; Ed25519 is also read as v0; any other is refused by name', async () => {
  const hex = (algorithm: Algorithm) => Buffer.from(encodeHeader(algorithm)).toString('hex')
  expect(algorithms.map(hex)).toEqual(['3401ed01ed011371', '3401ec0180241271', '3401ec01e7011271'])
  for (const algorithm of algorithms) expect(parseHeader(encodeHeader(algorithm))).toEqual({ ok: algorithm })
  const alice = secretSigner('Ed25519', secret)
  const v0 = Uint8Array.of(0x34, 0xed, 0x01, 0x71)
  expect(await verifySignature(alice.did, v0, message, await alice.sign(message))).toHaveProperty('ok')
  for (const unknown of [
    [],
    [0x34, 0x01, 0xec],
    [0x34, 0xe7, 0x01, 0x12, 0x71],
    [0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x55],
  ]) {
    expect(parseHeader(Uint8Array.from(unknown))).toMatchObject({ error: { name: 'UnsupportedSignature' } })
  }
})

test('a header whose algorithm is not that of the key is refused, even over a good signature', async () => {
  for (const own of algorithms) {
    const alice = secretSigner(own, secret)
    for (const other of algorithms.filter(name => name !== own)) {
      const bob = secretSigner(other, secret)
      const verdict = await verifySignature(alice.did, encodeHeader(other), message, await bob.sign(message))
      expect(verdict).toMatchObject({ error: { name: 'InvalidSignature' } })
      expect('error' in verdict && verdict.error.message).toContain(own)
    }
  }
})

test('on Node a did:key answers at once', () => {
  const alice = secretSigner('Ed25519', secret)
  const verdict = verifySignature(alice.did, encodeHeader('Ed25519'), message, new Uint8Array(64))
  expect(verdict).not.toBeInstanceOf(Promise)
})

test.each(algorithms)('OpenSSL, WebCrypto and noble agree about %s, valid and not', async algorithm => {
  const bytes = openssl.publicKeyOf(algorithm, secret)
  expect(noble.publicKeyOf(algorithm, secret)).toEqual(bytes)
  const key = { algorithm, bytes }
  for (const sign of [openssl.sign, noble.sign]) {
    const signature = sign(algorithm, secret, message)
    expect(await answers(key, message, signature)).toEqual([true, true, true, true])
    expect(await answers(key, message, flipped(signature, 300))).toEqual([false, false, false, false])
    expect(await answers({ algorithm, bytes: new Uint8Array(3) }, message, signature)).toEqual([
      false,
      false,
      false,
      false,
    ])
  }
})

afterEach(() => vi.unstubAllGlobals())

test.each<[string, unknown]>([
  ['lacks the curve', { subtle: { importKey: async () => Promise.reject(new Error('NotSupportedError')) } }],
  ['is not there, as on a page without https', {}],
])('where WebCrypto %s, a browser verifies in JavaScript', async (_what, platform) => {
  vi.stubGlobal('crypto', platform)
  for (const algorithm of algorithms) {
    const key = { algorithm, bytes: openssl.publicKeyOf(algorithm, secret) }
    const signature = openssl.sign(algorithm, secret, message)
    expect(await browser.verify(key, message, signature)).toBe(true)
    expect(await browser.verify(key, message, flipped(signature, 5))).toBe(false)
  }
})

test('a WebCrypto key pair signs under the DID of its public half, and ECDSA with low s', async () => {
  for (const algorithm of ['Ed25519', 'P-256'] as const) {
    const pair = await generateWebKeys(algorithm, crypto.subtle)
    expect(pair.privateKey.extractable).toBe(false)
    const signer = await webCryptoSigner(pair, crypto.subtle)
    for (let i = 0; i < 8; i++) {
      const signature = await signer.sign(message)
      expect(lowS(signature, algorithm)).toBe(signature)
      expect(await verifySignature(signer.did, encodeHeader(algorithm), message, signature)).toHaveProperty('ok')
    }
  }
  const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify'])
  await expect(webCryptoSigner(other, crypto.subtle)).rejects.toThrow(TypeError)
})

test.each(['P-256', 'secp256k1'] as const)(
  '%s signatures are emitted low, accepted high, and have one low form',
  async algorithm => {
    const pair = generateKeyPairSync('ec', { namedCurve: algorithm === 'P-256' ? 'prime256v1' : 'secp256k1' })
    const signer = keyObjectSigner(pair.privateKey)
    if (!signer) throw new Error('the key makes a signer')
    const s = (signature: Uint8Array) => BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
    const highest = orders[algorithm] / 2n
    let high = 0
    for (let i = 0; i < 24; i++) {
      const raw = new Uint8Array(opensslSign('sha256', message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }))
      if (s(raw) > highest) high += 1
      expect(await verifySignature(signer.did, encodeHeader(algorithm), message, raw)).toHaveProperty('ok')
      const low = lowS(raw, algorithm)
      expect(s(low)).toBe(s(raw) > highest ? orders[algorithm] - s(raw) : s(raw))
      expect(lowS(low, algorithm)).toEqual(low)
      expect(await verifySignature(signer.did, encodeHeader(algorithm), message, low)).toHaveProperty('ok')
      expect(s(await signer.sign(message)) <= highest).toBe(true)
    }
    expect(high).toBeGreaterThan(0)
  },
)

test('what is no signature comes back from lowS as it is', () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(63), new Uint8Array(64).fill(255), new Uint8Array(64)]) {
    for (const algorithm of algorithms) expect(lowS(bytes, algorithm)).toBe(bytes)
  }
})

test('r and s of zero, and out of range, are refused everywhere', async () => {
  for (const algorithm of ['P-256', 'secp256k1'] as const) {
    const key = { algorithm, bytes: openssl.publicKeyOf(algorithm, secret) }
    const good = openssl.sign(algorithm, secret, message)
    const order = Buffer.from(orders[algorithm].toString(16).padStart(64, '0'), 'hex')
    for (const half of [new Uint8Array(32), order, new Uint8Array(32).fill(255)]) {
      for (const at of [0, 32]) {
        const signature = good.slice()
        signature.set(half, at)
        expect(await answers(key, message, signature)).toEqual([false, false, false, false])
      }
    }
  }
})

test('a generated key signs; a source that gives what is no secret is told so, without the secret', async () => {
  for (const algorithm of algorithms) {
    const signer = generateSigner(algorithm, count => crypto.getRandomValues(new Uint8Array(count)))
    const verdict = await verifySignature(signer.did, encodeHeader(algorithm), message, await signer.sign(message))
    expect(verdict).toHaveProperty('ok')
    expect(parseDidKey(signer.did)).toMatchObject({ ok: { algorithm } })
  }
  for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31).fill(7)]) {
    expect(() => secretSigner('P-256', bad)).toThrow(RangeError)
    expect(() => secretSigner('P-256', bad)).not.toThrow(/ff|07|255/)
  }
})

test('an issuer that is no DID, or whose method needs a resolver, is refused by name', async () => {
  const signature = new Uint8Array(64)
  const check = (issuer: string) => verifySignature(issuer, encodeHeader('Ed25519'), message, signature)
  expect(await check('alice')).toMatchObject({ error: { name: 'MalformedDid' } })
  expect(await check('did:key:zzz')).toMatchObject({ error: { name: 'MalformedDid' } })
  expect(await check('did:web:example.com')).toMatchObject({ error: { name: 'UnresolvedDid' } })
  expect(await check(didKey({ algorithm: 'Ed25519', bytes: new Uint8Array(32).fill(9) }))).toHaveProperty('error')
})

/** What OpenSSL, here and aside, WebCrypto and noble say, under the one rule. */
async function answers(key: PublicKey, text: Uint8Array, signature: Uint8Array): Promise<readonly boolean[]> {
  // A copy, since a key object is remembered by identity.
  const fresh = () => ({ algorithm: key.algorithm, bytes: key.bytes.slice() })
  const long = signature.length === 64
  return [
    await openssl.verify(fresh(), text, signature),
    await openssl.verify(fresh(), text, signature, true),
    await browser.verify(fresh(), text, signature),
    long && noble.verify(fresh(), text, signature),
  ]
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
