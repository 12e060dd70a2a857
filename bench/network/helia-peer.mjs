// A node of IPFS in a process of its own, for whoever forks it: helia with bitswap, all in memory, and no way to find
// blocks but those that it is connected to. Asked by messages `{number, name, argument}`, it answers `{number, value}`.
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { MemoryBlockstore } from 'blockstore-core'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'

const helia = await withBitswap(
  withLibp2pLight(createHeliaLight({ blockstore: new MemoryBlockstore() }), {
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  }),
).start()
const files = unixfs(helia)

const handlers = {
  address: () => `${helia.libp2p.getMultiaddrs()[0]}`,
  dial: async address => {
    await helia.libp2p.dial(multiaddr(address))
  },
  /** A file of so many bytes, each block other than the rest; its root. */
  add: async length =>
    `${await files.addBytes(Uint8Array.from({ length }, (_, i) => Math.imul(i ^ (i >>> 16), 0x9e3779b1) >>> 24))}`,
  /** How many bytes a file has; -1 where it does not come in time. */
  size: async ({ root, within }) => {
    let size = 0
    try {
      for await (const chunk of files.cat(CID.parse(root), { signal: AbortSignal.timeout(within) }))
        size += chunk.length
      return size
    } catch {
      return -1
    }
  },
}

process.on('disconnect', () => process.exit())
process.on('message', async ({ number, name, argument }) => {
  process.send({ number, value: await handlers[name](argument) })
})
process.send({ number: 0 })
