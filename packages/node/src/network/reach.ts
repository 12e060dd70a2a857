import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, type Failure, type Result } from '@ipvm/ipld'
import { openNetwork, type Network, type OpenTransport } from '@ipvm/network'
import { askPeerRecord, httpAddress, httpTransport } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import type { JoinNetwork, JoinParts, PeerBook } from '@ipvm/service'
import type { Did, Signer } from '@ipvm/varsig'
import type { RevocationView } from '@ipvm/ucan'
import type { EgressConfig } from '../config/config.ts'
import { realWorld } from '../world.ts'
import { dialOnly } from './dial-only.ts'
import { openLibp2p } from './libp2p.ts'
import { PeerEgress } from './peer-egress.ts'

/** What a node says of itself to those whom it joins. */
export interface JoinOwn {
  readonly signer: Signer
  readonly book: PeerBook
  readonly revocations: RevocationView
  readonly addresses: () => readonly string[]
  /** What it calls itself; what its machine is called, where not given. */
  readonly name?: string
}

/** What a node needs to join others and to be joined. */
export function joinParts({ name = hostname(), ...own }: JoinOwn): JoinParts {
  return { ...own, name, now: realWorld.now, random: realWorld.random }
}

/** A way to others for a moment, such as one command takes. */
export interface Reach extends JoinNetwork {
  readonly network: Network
  close(): Promise<void>
}

/**
 * Goes to others at these addresses, which the owner of this node has written: over HTTP, and over libp2p where one of
 * them is of it and its packages are there.
 */
export async function reachOthers(
  addresses: readonly string[],
  config: Partial<EgressConfig>,
  signer: Signer,
): Promise<Reach> {
  const guard = new PeerEgress(config)
  guard.allow(addresses)
  const fetch = egressFetch(guard.egress)
  const overLibp2p = addresses.some(address => address.startsWith('/')) ? await libp2pFor(signer, guard) : []
  const network = await openNetwork({ world: realWorld, transports: [httpTransport({ fetch }), ...overLibp2p] })
  const who = async (address: string): Promise<Result<Did | undefined, Failure>> => {
    if (httpAddress(address) === undefined) {
      const peer = await network.connect(address)
      return 'error' in peer ? peer : ok(peer.ok.did)
    }
    const record = await askPeerRecord(address, { fetch, world: realWorld })
    return 'error' in record ? record : ok(record.ok?.did)
  }
  const close = async () => {
    await network.close()
    guard.egress.close()
  }
  return { network, who, close }
}

/** libp2p for a moment: it listens nowhere, and has a peer id of its own, since the node that is up has another one. */
async function libp2pFor(signer: Signer, { egress }: PeerEgress): Promise<readonly OpenTransport[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvm-reach-'))
  try {
    const opened = await openLibp2p({
      config: dialOnly,
      home: { folder },
      signer,
      egress,
      knows: () => true,
      hears: () => false,
    })
    return 'ok' in opened ? [opened.ok] : []
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
