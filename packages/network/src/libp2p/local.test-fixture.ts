// A node in a process of its own that looks around in the local network, and says whom it has met.
import { alice, bob } from '@ipvm/testing'
import { assertPeer, openNetwork } from '../index.ts'
import { realWorld } from '../suite/harness.test-fixture.ts'
import { libp2pTransport } from './index.ts'

const signer = process.argv[2] === 'alice' ? alice : bob
const record = async (address: string) => (await assertPeer([address], realWorld.now() + 60, signer)).bytes
const network = await openNetwork({
  world: realWorld,
  transports: [libp2pTransport({ listen: ['/ip4/0.0.0.0/tcp/0'], isLocal: true, record })],
  admits: ({ did }) => did === alice.did || did === bob.did,
})
network.watch(({ peer, change }) => {
  if (process.connected) process.send?.(`${change} ${peer.did}`)
})
process.send?.('ready')
process.on('disconnect', () => void network.close().then(() => process.exit()))
