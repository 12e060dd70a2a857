import type { Result, ValueMap } from '@ipvm/ipld'
import type { Answer, Body, NetworkFailure } from '@ipvm/network'
import { limits as networkLimits } from '@ipvm/network'
import { Remote, type Fetch } from '@ipvm/network/http/client'
import type { Command } from '@ipvm/ucan/command'
import { limits as ucanLimits } from '@ipvm/ucan'
import { writeContainer } from '@ipvm/ucan/container'
import type { Delegation } from '@ipvm/ucan/delegation'
import type { Did, Signer } from '@ipvm/varsig'
import { signAsk, type Ask, type Parties } from '../ask/request.ts'
import { Shelf } from '../blocks/shelf.ts'
import { answerWithin, bearerSeconds } from '../limits.ts'
import type { ClientWorld } from '../world.ts'

/** Of what a link is made. */
export interface LinkParts {
  readonly address: string
  readonly signer: Signer
  readonly proofs: readonly Delegation[]
  readonly world: ClientWorld
  readonly fetch: Fetch
}

/** The one node that a client asks, by HTTP. */
export class Link {
  readonly remote: Remote
  /** What came along with answers. */
  readonly shelf = new Shelf()
  readonly world: ClientWorld
  readonly signer: Signer
  readonly #proofs: readonly Delegation[]
  /** Who waits until the node may be there again. */
  readonly #waiting = new Set<() => void>()
  /** Whose node it is; known once it was asked. */
  #did: Did | undefined

  constructor({ address, signer, proofs, world, fetch }: LinkParts) {
    this.world = this.#listened(world)
    this.signer = signer
    this.#proofs = proofs
    const authorise = (_: string, cmd: Command, args: ValueMap) => this.#bearer(cmd, args)
    this.remote = new Remote(address, { world, fetch, session: '', authorise })
  }

  get address(): string {
    return this.remote.address
  }

  /** Whose node it is. */
  get did(): Did {
    if (this.#did === undefined) throw new Error('a link knows its node before it is used')
    return this.#did
  }

  set did(did: Did) {
    this.#did = did
  }

  /** Signs a request of the node. */
  sign(ask: Ask): ReturnType<typeof signAsk> {
    return signAsk(ask, this.#parties())
  }

  /** The same bytes once. */
  async post(body: Body, wait: number, signal: AbortSignal): Promise<Result<Answer, NetworkFailure>> {
    const within = wait + answerWithin
    const limits = { wait, within, signal, answerBytesMax: networkLimits.bodyBytesMax }
    const answer = await this.remote.request(body, limits)
    // A node that answers one request is there for the others, too.
    if ('ok' in answer) for (const listener of [...this.#waiting]) listener()
    return answer
  }

  /** An invocation for a header, which says what is read or brought. */
  async #bearer(cmd: Command, args: ValueMap): Promise<string | undefined> {
    if (this.#did === undefined) return undefined
    const ask = { cmd, args, nonce: this.world.random(ucanLimits.nonceBytes), exp: this.world.now() + bearerSeconds }
    const { tokens } = await signAsk(ask, this.#parties())
    return new TextDecoder().decode(await writeContainer(tokens, 'base64url'))
  }

  /** The same world, in which the node is also back when it has answered something. */
  #listened(world: ClientWorld): ClientWorld {
    return {
      now: () => world.now(),
      milliseconds: () => world.milliseconds(),
      after: (milliseconds, callback) => world.after(milliseconds, callback),
      random: count => world.random(count),
      onOnline: listener => {
        this.#waiting.add(listener)
        const forget = world.onOnline(listener)
        return () => {
          this.#waiting.delete(listener)
          forget()
        }
      },
    }
  }

  #parties(): Parties {
    return { signer: this.signer, node: this.did, proofs: this.#proofs, now: this.world.now() }
  }
}
