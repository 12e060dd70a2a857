import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 as openssl } from './sha256.node.ts'
import { sha256 } from './sha256.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const utf8 = new TextEncoder()

// FIPS 180-4, examples of NIST.
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('the digest of %.8s… is what the standard says', (text, digest) => {
  expect(hex(sha256(utf8.encode(text)))).toBe(digest)
})

test('both halves of the platform give the same digest, of any length and at any place in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(64), (bytes, start) => {
      const view = bytes.subarray(start)
      expect(hex(sha256(view))).toBe(hex(openssl(view)))
    }),
  )
})
