import { cidKey, type CID } from '@ipvm/ipld'
import type { IncomingRequest } from '@ipvm/network'
import type { Change } from '@ipvm/store'
import { decodeInvocation, readContainer, type Invocation } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import type { Judge } from '../../world/check/judge.ts'
import type { Lent } from '../authority.ts'
import type { Islander } from '../people.ts'

/** What was judged before a revocation was there may be written down, or be answered once more, so much later; milliseconds. */
const underWay = 5000

/** What is obeyed without a run. */
const reads = ['/receipt/read', '/block/get', '/node/read']

/** A revocation wins wherever it has reached: nothing new is done there for whom it was taken from (ADR 121). */
export class Revocations {
  readonly #judge: Judge
  readonly #lent: readonly Lent[]
  readonly #now: () => number
  /** By node and delegation: since when its revocation is on the disk. */
  readonly #since = new Map<string, number>()
  /** How much was done for others, and looked at. */
  looked = 0

  constructor(judge: Judge, lent: readonly Lent[], now: () => number) {
    this.#judge = judge
    this.#lent = lent
    this.#now = now
  }

  /** A change is on a disk for good. */
  committed(owner: Islander, { revocations = [], runStarted, blocks = [] }: Change): void {
    for (const { revoke } of revocations) {
      const key = keyOf(owner, revoke)
      if (!this.#since.has(key)) this.#since.set(key, this.#now())
    }
    const block = runStarted && blocks.find(({ cid }) => cid.equals(runStarted.invocation))
    const invocation = block && decodeInvocation(block.bytes)
    if (invocation && 'ok' in invocation) this.#obeyed(owner, invocation.ok, this.#now())
  }

  /** A request that came at some time was answered, and not refused. */
  async answered(owner: Islander, { bytes }: Pick<IncomingRequest, 'bytes'>, at: number): Promise<void> {
    const container = await readContainer(bytes)
    for (const token of 'ok' in container ? container.ok.tokens : []) {
      const invocation = decodeInvocation(token)
      if ('error' in invocation || !reads.includes(invocation.ok.cmd)) continue
      if (sameDid(invocation.ok.sub, owner.signer.did)) this.#obeyed(owner, invocation.ok, at)
    }
  }

  #obeyed(owner: Islander, { iss, cmd, prf }: Invocation, at: number): void {
    if (owner.isLiar || sameDid(iss, owner.signer.did)) return
    this.looked += 1
    for (const { delegation, to } of this.#lent) {
      const { cid } = delegation.envelope
      const since = this.#since.get(keyOf(owner, cid))
      if (since === undefined || at <= since + underWay || !prf.some(proof => proof.equals(cid))) continue
      const late = Math.round(at - since)
      this.#judge.find(`${owner.name} does ${cmd} by what ${to.name} had, ${late} ms after that was taken back`)
    }
  }
}

function keyOf({ name }: Islander, cid: CID): string {
  return `${name} ${cidKey(cid)}`
}
