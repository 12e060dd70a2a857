import type { ValueMap } from '@ipvm/ipld'
import { withoutFragment } from '@ipvm/varsig'
import type { Context } from 'hono'
import { media } from '../media.ts'
import { notFound } from '../refuse.ts'
import { openApi } from './openapi.ts'
import type { Served } from './served.ts'

const didKeyPrefix = 'did:key:'

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': media.json, 'cache-control': 'no-cache' },
  })
}

/** `GET /healthz`: 200 where all is well, 503 where not; for those who watch over machines. */
export function healthz({ port }: Served): () => Promise<Response> {
  return async () => {
    const { isWell, ...details } = (await port.health?.()) ?? { isWell: true }
    return json({ ok: isWell, ...details }, isWell ? 200 : 503)
  }
}

/** `GET /.well-known/did.json`: the node's key, for `did:web` and for whoever wants to know whom they ask. */
export function didJson({ port, config }: Served): () => Promise<Response> {
  return async () => {
    const did = withoutFragment(port.did)
    if (!did.startsWith(didKeyPrefix)) return notFound('a document of this node')
    const id = config.didWeb ?? did
    const key = did.slice(didKeyPrefix.length)
    const method = `${id}#${key}`
    const uses = ['authentication', 'assertionMethod', 'capabilityInvocation', 'capabilityDelegation']
    return json({
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id,
      ...(id !== did && { alsoKnownAs: [did] }),
      verificationMethod: [{ id: method, type: 'Multikey', controller: id, publicKeyMultibase: key }],
      ...Object.fromEntries(uses.map(use => [use, [method]])),
    })
  }
}

/** `GET /.well-known/ipvm-peer`: the signed record of where this node is (ADR 93). */
export function peerRecord({ port }: Served): () => Promise<Response> {
  return async () => {
    const record = await port.record?.()
    if (!record) return notFound('a record of where this node is')
    return new Response(record.slice(), { headers: { 'content-type': media.dagCbor, 'cache-control': 'no-cache' } })
  }
}

/** `GET /openapi.json`: all of this, for programs. */
export function describe(): (c: Context) => Promise<Response> {
  const document: ValueMap = openApi()
  return async () => json(document)
}
