// The peers over HTTP, as bare as they can be: hono on Node, which reads a body of DAG-CBOR, decodes it, and answers with what it
// has encoded again. `/verified` has checked one Ed25519 signature of it before, by a key that it knows. `/file` is 20 MB
// from memory, the same at each GET.
import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { decode, encode, type Value } from '@ipvm/ipld'
import { Hono } from 'hono'
import { answer } from './program.ts'

const headers = { 'content-type': 'application/vnd.ipvm.container' }
let publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }, format: 'jwk' })
let file = new Uint8Array(0)

/** A container is one byte that says its form, then CBOR. */
function decoded(bytes: Uint8Array): Value {
  const value = decode(bytes.subarray(1))
  if ('error' in value) throw new Error(value.error.message)
  return value.ok
}

function echo(value: Value): Response {
  return new Response(Buffer.concat([Buffer.from('@'), encode(value)]), { headers })
}

function isInvocation({ buffer, byteOffset, length }: Uint8Array): boolean {
  return Buffer.from(buffer, byteOffset, length).includes('ucan/inv@')
}

/** The invocation, an envelope: a list of two, the first of them 64 bytes of signature, the second what is signed. */
function isSigned(value: Value): boolean {
  const tokens = value !== null && typeof value === 'object' && 'ctn-v1' in value ? value['ctn-v1'] : undefined
  const list = Array.isArray(tokens) ? tokens : []
  const invocation = list.find(token => token instanceof Uint8Array && isInvocation(token))
  if (!(invocation instanceof Uint8Array)) return false
  return verify(null, invocation.subarray(67), publicKey, invocation.subarray(3, 67))
}

const app = new Hono()
app.post('/', async c => echo(decoded(new Uint8Array(await c.req.arrayBuffer()))))
app.post('/verified', async c => {
  const value = decoded(new Uint8Array(await c.req.arrayBuffer()))
  return isSigned(value) ? echo(value) : c.text('no such signature', 403)
})
app.get('/file', () => new Response(file))

const server = createServer(getRequestListener(app.fetch))
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

const handlers = {
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  /** Whose signatures are checked: a raw public key. */
  trust: (key: Uint8Array) => {
    const x = Buffer.from(key).toString('base64url')
    publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  },
  file: (bytes: Uint8Array<ArrayBuffer>) => {
    file = bytes
  },
}
export type Echo = typeof handlers
answer(handlers)
