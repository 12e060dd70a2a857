import type { Socket } from 'node:net'
import { countedAs, isLoopback, isOfRanges } from './address.ts'

/** Lets in as many connections as there may be, of all and of each address. */
export class Gate {
  readonly #perAddress: number
  readonly #proxies: readonly string[]
  readonly #counts = new Map<string, number>()
  readonly #open = new Set<Socket>()

  /** @param proxies those that may have as many as they need, since they are many */
  constructor(perAddress: number, proxies: readonly string[]) {
    this.#perAddress = perAddress
    this.#proxies = proxies
  }

  /** Lets a connection in, or closes it. */
  enter(socket: Socket): void {
    this.#open.add(socket)
    const { remoteAddress: address } = socket
    const isLimited = address !== undefined && !isLoopback(address) && !isOfRanges(address, this.#proxies)
    const who = isLimited ? countedAs(address) : undefined
    const count = who === undefined ? 0 : (this.#counts.get(who) ?? 0) + 1
    if (who !== undefined) this.#counts.set(who, count)
    socket.once('close', () => {
      this.#open.delete(socket)
      if (who !== undefined) this.#leave(who)
    })
    if (count > this.#perAddress) socket.destroy()
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #leave(who: string): void {
    const count = (this.#counts.get(who) ?? 1) - 1
    if (count > 0) this.#counts.set(who, count)
    else this.#counts.delete(who)
  }
}
