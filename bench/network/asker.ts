import { parseCid, type CID } from '@ipvm/ipld'
import { decodeDelegation, invoke, noNonce, readContainer, readReceipt, taskName, writeContainer } from '@ipvm/ucan'
import { ed25519Signer, parseDidKey, type Did } from '@ipvm/varsig'
import { realWorld } from './world.ts'

/** Whom to ask, and by which leave. */
export interface Whom {
  readonly did: Did
  /** A delegation, as its bytes. */
  readonly grant: Uint8Array
  /** The module with `add-one`. */
  readonly mod: string
}

/** Somebody with a key of their own, who asks a node by what they were granted. */
export class Asker {
  readonly #signer = ed25519Signer(realWorld.random(32))
  #whom: { readonly did: Did; readonly grant: Uint8Array; readonly proof: CID; readonly mod: CID } | undefined

  /** Its DID, and the bytes of the key of it. */
  key(): { readonly did: Did; readonly key: Uint8Array } {
    const key = parseDidKey(this.#signer.did)
    if ('error' in key) throw new Error(key.error.message)
    return { did: this.#signer.did, key: key.ok.bytes }
  }

  askOf({ did, grant, mod }: Whom): void {
    const proof = decodeDelegation(grant)
    const module = parseCid(mod)
    if ('error' in proof || 'error' in module) throw new Error('that is no delegation, or no module')
    this.#whom = { did, grant, proof: proof.ok.envelope.cid, mod: module.ok }
  }

  /**
   * A body that asks for one more than a number, in an invocation that no other one is like.
   *
   * @param apart seconds by which it expires later than others, for such of the same number
   */
  async body(number: number, apart: number): Promise<Uint8Array> {
    return writeContainer([await this.#invocation(number, apart), this.#known().grant])
  }

  /** The same with another signature than its signer's. */
  async forgedBody(number: number): Promise<Uint8Array> {
    const invocation = (await this.#invocation(number, 0)).slice()
    // An envelope begins with the signature: two bytes of a list and a byte string, then the length of that.
    invocation[10] = (invocation[10] ?? 0) ^ 1
    return writeContainer([invocation, this.#known().grant])
  }

  async #invocation(number: number, apart: number): Promise<Uint8Array> {
    const { did, proof } = this.#known()
    const exp = realWorld.now() + 3600 + apart
    const fields = { sub: did, ...this.#task(number), prf: [proof], exp }
    return (await invoke(fields, this.#signer)).envelope.bytes
  }

  /** A body that asks for the receipts of tasks, by their numbers. */
  async receiptsBody(numbers: readonly number[]): Promise<Uint8Array> {
    const { did, grant, proof } = this.#known()
    const tasks = numbers.map(number => this.task(number))
    const nonce = realWorld.random(12)
    const more = { sub: did, prf: [proof], nonce, exp: realWorld.now() + 300 }
    const { envelope } = await invoke({ ...more, cmd: '/receipt/read', args: { tasks } }, this.#signer)
    return writeContainer([envelope.bytes, grant])
  }

  /** The name of the task of a number. */
  task(number: number): CID {
    return taskName(this.#task(number))
  }

  #task(number: number) {
    return {
      cmd: '/wasm/run',
      args: { mod: this.#known().mod, fun: 'add-one', params: [number] },
      nonce: noNonce,
    } as const
  }

  #known() {
    if (!this.#whom) throw new Error('say whom to ask first')
    return this.#whom
  }
}

/** What the receipts of an answer say, by the names of what ran, as it was asked for and as it is named itself; throws where it is no container of good receipts. */
export async function outcomes(answer: Uint8Array): Promise<ReadonlyMap<string, unknown>> {
  const container = await readContainer(answer)
  if ('error' in container) throw new Error(container.error.message)
  const found = new Map<string, unknown>()
  for (const token of container.ok.tokens) {
    const receipt = await readReceipt(token)
    if ('error' in receipt) throw new Error(receipt.error.message)
    const { out, ran, as = ran } = receipt.ok
    if (!('ok' in out)) throw new Error(`${ran} failed: ${out.error.message}`)
    for (const name of [ran, as]) found.set(`${name}`, out.ok)
  }
  return found
}
