import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A way to a port that can be cut, and is there again at the same address. */
export class Cable {
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

/** A port of loopback that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
