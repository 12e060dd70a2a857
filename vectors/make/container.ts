import { crc32, gzipSync } from 'node:zlib'
import { encode, type Value } from '@ipvm/ipld'
import { ask, base64, give, people } from './people.ts'

const { alice, bob } = people

/** Containers in the six formats: what is read, in which order, and what is refused. */
export async function containers() {
  const delegation = await give(alice, bob)
  const tokens = [delegation, await ask(bob, [delegation.envelope.cid])].map(({ envelope }) => envelope.bytes)
  const sorted = [...tokens].sort(Buffer.compare)
  const content = encode({ 'ctn-v1': sorted })
  const one = (name: string, header: string, body: Uint8Array | string, held = sorted) => ({
    name,
    container: base64(Buffer.concat([Buffer.from(header), Buffer.from(body)])),
    tokens: held.map(base64),
  })
  const bad = (name: string, header: string, body: Uint8Array | string) => {
    const { container } = one(name, header, body)
    return { name, container, error: { name: 'MalformedContainer' } }
  }
  const raw = (name: string, value: Value) => bad(name, '@', encode(value))
  const text = (bytes: Uint8Array, encoding: BufferEncoding) => Buffer.from(bytes).toString(encoding)
  const many = Array.from({ length: 1025 }, (_, i) => Uint8Array.of(i >> 8, i & 255))
  return {
    valid: [
      one('raw', '@', content),
      one('base64', 'B', text(content, 'base64')),
      one('base64url', 'C', text(content, 'base64url')),
      one('gzip', 'M', stored(content)),
      one('gzip and base64', 'O', text(stored(content), 'base64')),
      one('gzip and base64url', 'P', text(stored(content), 'base64url')),
      one('unsorted', '@', encode({ 'ctn-v1': [...sorted].reverse() }), [...sorted].reverse()),
      one('empty', '@', encode({ 'ctn-v1': [] }), []),
    ],
    invalid: [
      bad('nothing', '', ''),
      bad('an unknown header', 'A', content),
      bad('base64 without its padding', 'B', text(content, 'base64').replace(/=+$/, '').concat('A')),
      bad('base64url with plus and slash', 'C', '+/+/'),
      bad('gzip that is cut off', 'M', stored(content).subarray(0, -9)),
      bad('raw where gzip is said', 'M', content),
      bad('a gzip bomb, 17 MiB', 'M', gzipSync(new Uint8Array(17 * 1024 * 1024), { level: 9 })),
      raw('another version', { 'ctn-v2': [] }),
      raw('a key too many', { 'ctn-v1': [], x: 1 }),
      raw('a token that is text', { 'ctn-v1': ['x'] }),
      raw('1,025 tokens', { 'ctn-v1': many }),
      bad('keys out of order', '@', Buffer.from('a26662746e2d7631806378797a01', 'hex')),
    ],
  }
}

/** Gzip without compression, so that the bytes are the same whatever library is at hand (RFC 1951 § 3.2.4). */
function stored(bytes: Uint8Array): Uint8Array {
  const block = Buffer.alloc(5)
  block.writeUInt8(1, 0)
  block.writeUInt16LE(bytes.length, 1)
  block.writeUInt16LE(~bytes.length & 0xffff, 3)
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(crc32(bytes), 0)
  tail.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), block, bytes, tail])
}
