import { decodePlainJson, error, isMap, ok, type Result, type Value } from '@ipvm/ipld'
import { networkFailure, type NetworkFailure, type Waiting } from '@ipvm/network'
import { askPeerRecord, readBody, readRefusal, type Fetch, type Remote } from '@ipvm/network/http/client'
import { parseDidKey, type Did } from '@ipvm/varsig'
import type { UnknownNode } from '../failure.ts'
import { documentBytesMax } from '../limits.ts'
import type { ClientWorld } from '../world.ts'

type Who = Result<Did, NetworkFailure | UnknownNode>

/**
 * Whose node is at an address: by the record that it has signed of being there (ADR 93), else by its DID document. The
 * document is a claim; it is proven by what the node signs, since nothing that others have signed is accepted (ADR 108).
 */
export async function whoIsAt(
  remote: Remote,
  { fetch, world }: { readonly fetch: Fetch; readonly world: ClientWorld },
  waiting: Required<Waiting>,
): Promise<Who> {
  const { address } = remote
  const record = await askPeerRecord(address, { fetch, world }, waiting)
  if ('error' in record) return record
  if (record.ok) return ok(record.ok.did)
  const described = await document(remote, '.well-known/did.json', waiting)
  if ('error' in described) return described
  const did = described.ok && didIn(described.ok)
  if (did) return ok(did)
  const message = `nothing at ${address} says whose node it is; give its DID as "did", or check the address`
  return error({ name: 'UnknownNode', message })
}

async function document(
  remote: Remote,
  path: string,
  waiting: Required<Waiting>,
): Promise<Result<Uint8Array | undefined, NetworkFailure>> {
  return remote.ask<Uint8Array | undefined>({ method: 'GET', path }, waiting, async response => {
    if (response.status !== 200) {
      const refusal = await readRefusal(remote.address, response)
      return refusal.name === 'Refused' || response.status === 404 ? ok(undefined) : error(refusal)
    }
    const bytes = await readBody(response.body, { bytesMax: documentBytesMax })
    return typeof bytes === 'string' ? error(networkFailure('Cut', remote.address, { sent: true })) : ok(bytes)
  })
}

/** The key that a DID document says is the agent's: its id, or what it is also known as. */
function didIn(bytes: Uint8Array): Did | undefined {
  const read = decodePlainJson(new TextDecoder().decode(bytes))
  const described: Value = 'ok' in read ? read.ok : null
  if (!isMap(described)) return undefined
  const names = [described.id, ...(Array.isArray(described.alsoKnownAs) ? described.alsoKnownAs : [])]
  return names.find(isDidKey)
}

function isDidKey(name: Value | undefined): name is Did {
  return typeof name === 'string' && 'ok' in parseDidKey(name)
}
