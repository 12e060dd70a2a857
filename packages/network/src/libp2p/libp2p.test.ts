import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { bob } from '@ipvm/testing'
import { assertPeer } from '../index.ts'
import { realWorld, type Harness } from '../suite/harness.test-fixture.ts'
import { transportSuite } from '../suite/suite.test-fixture.ts'
import { libp2pTransport } from './index.ts'

/** A way to a port that can be cut, and is there again at the same address. */
class Cable {
  readonly #to: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  port = 0

  constructor(to: number) {
    this.#to = to
  }

  async plug(): Promise<void> {
    const server = createServer(inside => {
      const outside = connect(this.#to, '127.0.0.1')
      for (const [socket, other] of [
        [inside, outside],
        [outside, inside],
      ] as const) {
        this.#sockets.add(socket)
        socket.on('error', () => other.destroy())
        socket.on('close', () => {
          this.#sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    })
    this.#server = server
    await new Promise<void>(resolve => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
  }

  async unplug(): Promise<void> {
    const closed = new Promise(resolve => this.#server?.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

async function makeHarness(): Promise<Harness> {
  const [port, nobody] = [await freePort(), await freePort()]
  const cable = new Cable(port)
  await cable.plug()
  const address = `/ip4/127.0.0.1/tcp/${cable.port}`
  const record = async (peer: string) => (await assertPeer([peer], realWorld.now() + 3600, bob)).bytes
  return {
    open: name =>
      name === 'bob'
        ? libp2pTransport({ listen: [`/ip4/127.0.0.1/tcp/${port}`], announce: [address], record })
        : libp2pTransport(),
    bob: address,
    nobody: `/ip4/127.0.0.1/tcp/${nobody}`,
    vanish: () => cable.unplug(),
    comeBack: () => cable.plug(),
    close: () => cable.unplug(),
  }
}

transportSuite('a transport over libp2p', makeHarness)
