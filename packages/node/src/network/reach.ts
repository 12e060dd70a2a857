import { ok, type Failure, type Result } from '@ipvm/ipld'
import { openNetwork, type Network } from '@ipvm/network'
import { askPeerRecord, httpAddress, httpTransport } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import type { JoinNetwork } from '@ipvm/service'
import type { Did, Signer } from '@ipvm/varsig'
import type { EgressConfig } from '../config/config.ts'
import type { Home } from '../home.ts'
import { realWorld } from '../world.ts'
import { dialOnly } from './dial-only.ts'
import { openLibp2p } from './libp2p.ts'
import { PeerEgress } from './peer-egress.ts'

/** A way to others for a moment, such as one command takes. */
export interface Reach extends JoinNetwork {
  readonly network: Network
  close(): Promise<void>
}

/** Who goes to others for a moment, and by what. */
export interface ReachOwn {
  readonly home: Pick<Home, 'folder'>
  readonly signer: Signer
  readonly egress: Partial<EgressConfig>
}

/** Goes to others at these addresses, which the owner of this node has written. */
export async function reachOthers(addresses: readonly string[], own: ReachOwn): Promise<Reach> {
  const guard = new PeerEgress(own.egress)
  guard.allow(addresses)
  const fetch = egressFetch(guard.egress)
  const over = addresses.every(isOfHttp) ? undefined : await briefLibp2p(own, guard)
  const more = over && 'ok' in over ? [over.ok] : []
  const network = await openNetwork({ world: realWorld, transports: [httpTransport({ fetch }), ...more] })
  const who = async (address: string): Promise<Result<Did | undefined, Failure>> => {
    if (!isOfHttp(address)) {
      if (over && 'error' in over) return over
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

const isOfHttp = (address: string) => httpAddress(address) !== undefined

const seedBytes = 32

/** Under a peer id of the moment: that of the node is of the process that keeps it up, and two would be in each other's way. */
function briefLibp2p({ home, signer }: ReachOwn, { egress }: PeerEgress) {
  const everybody = { knows: () => true, hears: () => false }
  return openLibp2p({ ...everybody, config: dialOnly, home, signer, egress, seed: realWorld.random(seedBytes) })
}
