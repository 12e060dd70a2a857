import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as browser from './platform.ts'
import * as openssl from './platform.node.ts'
import { isUsableKey, isUsableSignature } from './strict.ts'
import * as noble from './noble.ts'

const { Point } = ed25519
const message = new TextEncoder().encode('small order')
const order = Point.Fn.ORDER
const prime = 2n ** 255n - 19n

/** A point of order 8, and so all eight of small order. */
const torsion = (() => {
  const generator = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  return Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : generator.multiplyUnsafe(BigInt(i))))
})()

/** All implementations under the one rule, as a set: one element where they agree. */
async function agreed(key: Uint8Array, text: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const fresh = () => ({ algorithm: 'Ed25519' as const, bytes: key.slice() })
  const usable = isUsableKey(fresh()) && isUsableSignature(fresh(), signature)
  const answers = [
    openssl.verify(fresh(), text, signature),
    await openssl.verify(fresh(), text, signature, true),
    await browser.verify(fresh(), text, signature),
    usable && noble.verify(fresh(), text, signature),
  ]
  expect(new Set(answers).size).toBe(1)
  return answers[0] === true
}

const challenge = (r: Uint8Array, key: Uint8Array, text: Uint8Array) =>
  Point.Fn.create(bytesToNumberLE(sha512(Uint8Array.of(...r, ...key, ...text))))

test('keys of small order sign nothing, in any encoding', async () => {
  for (const point of torsion) {
    // With R = S·B − k·A for a small A, a signature of anybody verifies where such keys are let through.
    const y = bytesToNumberLE(point.toBytes()) & (2n ** 255n - 1n)
    const encodings = [y, y | (2n ** 255n), y + prime, (y + prime) | (2n ** 255n)].filter(n => n < 2n ** 256n)
    for (const encoding of encodings) {
      const key = numberToBytesLE(encoding, 32)
      const r = Point.BASE.toBytes()
      for (let i = 0; i < 16; i++) {
        const text = Uint8Array.of(...message, i)
        expect(await agreed(key, text, Uint8Array.of(...r, 1, ...new Uint8Array(31)))).toBe(false)
      }
    }
  }
})

test('an S that is not reduced, and an R of small order or in a second encoding, are refused', async () => {
  const secret = new Uint8Array(32).fill(3)
  const key = openssl.publicKeyOf('Ed25519', secret)
  const good = openssl.sign('Ed25519', secret, message)
  expect(await agreed(key, message, good)).toBe(true)
  const s = bytesToNumberLE(good.subarray(32))
  for (const bigger of [s + order, s + 2n * order, 2n ** 256n - 1n, order]) {
    if (bigger < 2n ** 256n) {
      expect(await agreed(key, message, Uint8Array.of(...good.subarray(0, 32), ...numberToBytesLE(bigger, 32)))).toBe(
        false,
      )
    }
  }
  const { scalar } = ed25519.utils.getExtendedPublicKey(secret)
  for (const point of torsion) {
    const r = point.toBytes()
    const signature = Uint8Array.of(...r, ...numberToBytesLE(Point.Fn.create(challenge(r, key, message) * scalar), 32))
    expect(await agreed(key, message, signature)).toBe(false)
  }
})

test('with a torsion component in the key or in R, all give the same answer: that of the equation without cofactor', async () => {
  const scalar = 12345n
  let accepted = 0
  for (const twist of torsion.slice(1)) {
    const key = Point.BASE.multiply(scalar).add(twist).toBytes()
    for (let i = 1; i <= 16; i++) {
      const r = Point.BASE.multiply(BigInt(i)).toBytes()
      const k = challenge(r, key, message)
      const s = Point.Fn.create(BigInt(i) + k * scalar)
      const valid = twist.multiplyUnsafe(k % 8n === 0n ? 0n : k % 8n).is0()
      const answer = await agreed(key, message, Uint8Array.of(...r, ...numberToBytesLE(s, 32)))
      expect(answer).toBe(valid)
      if (answer) accepted += 1
      const twisted = Point.BASE.multiply(BigInt(i)).add(twist).toBytes()
      await agreed(key, message, Uint8Array.of(...twisted, ...numberToBytesLE(s, 32)))
    }
  }
  expect(accepted).toBeGreaterThan(0)
})

test('about any bytes they agree', async () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  await fc.assert(
    fc.asyncProperty(bytes, bytes, bytes, async (key, r, s) => {
      expect(await agreed(key, message, Uint8Array.of(...r, ...s))).toBe(false)
    }),
  )
})
