// Helia's bitswap between two nodes, all in memory: TCP, noise and yamux, and no other way to find blocks.
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
import { answer } from './program.ts'

const blockstore = new MemoryBlockstore()
const helia = await withBitswap(
  withLibp2pLight(createHeliaLight({ blockstore }), {
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  }),
).start()
const files = unixfs(helia)

async function clear() {
  const cids = []
  for await (const { cid } of blockstore.getAll()) cids.push(cid)
  for (const cid of cids) blockstore.delete(cid)
}

answer({
  address: () => `${helia.libp2p.getMultiaddrs()[0]}`,
  connect: async address => {
    await helia.libp2p.dial(multiaddr(address))
  },
  offer: async bytes => {
    await clear()
    return (await files.addBytes(bytes)).bytes
  },
  fetch: async ({ root, length }) => {
    await clear()
    const chunks = []
    const began = performance.now()
    for await (const chunk of files.cat(CID.decode(root))) chunks.push(chunk)
    if (Buffer.concat(chunks).length !== length) throw new Error('the file is not whole')
    return performance.now() - began
  },
})
