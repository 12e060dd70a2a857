import { blockOf, cidKey, isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { isLink, mapPromises, readReceipt, type Branch, type Receipt, type Task } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import type { EndedRun } from '@ipvm/runtime'
import type { Change } from '@ipvm/store'
import { evaluate, fingerprint, functionsProfile } from '../../world/functions.ts'
import type { Judge } from '../../world/check/judge.ts'
import type { Lent } from '../authority.ts'
import type { Island } from '../island.ts'
import type { Islander } from '../people.ts'
import { namesOf, type Errand } from '../workload.ts'
import { allReceipts } from './receipts.ts'

/** What is on all disks, and who had it there first: by it is judged whether anything was invented. */
export class Ocean {
  readonly judge: Judge
  readonly #islanders: readonly Islander[]
  readonly #lent: readonly Lent[]
  readonly #trusted: readonly Islander[]
  /** The receipts that each honest node has on its disk and has signed itself. */
  readonly #issued = new Set<string>()
  /** What the receipts on each node's disk say, of whatever name: its answer says it under the one asked for (ADR 131). */
  readonly #said = new Set<string>()
  readonly #revoked = new Map<string, Set<string>>()
  receipts = 0
  /** How many came from elsewhere. */
  travelled = 0

  /** @param trusted whose receipts count with everybody */
  constructor(judge: Judge, islanders: readonly Islander[], lent: readonly Lent[], trusted: readonly Islander[]) {
    this.judge = judge
    this.#trusted = trusted
    this.#lent = lent
    this.#islanders = islanders
  }

  /** Whether one lies who is trusted. */
  get #isBetrayed(): boolean {
    return this.#trusted.some(({ isLiar }) => isLiar)
  }

  /** A change is on a disk for good. */
  committed(owner: Islander, change: Change): void {
    for (const receipt of change.receipts ?? []) {
      this.#received(owner, receipt)
      const settles = (change.results ?? []).some(
        one => one.profile === functionsProfile && one.receipt.equals(receipt.cid),
      )
      const isTrusted = [owner, ...this.#trusted].some(({ signer }) => sameDid(signer.did, receipt.iss))
      if (settles && !isTrusted && !owner.isLiar) {
        this.judge.find(`${owner.name} takes the word of ${receipt.iss} for ${receipt.ran}, who is not trusted`)
      }
    }
    for (const { revoke } of change.revocations ?? []) {
      const known = this.#revoked.get(owner.name) ?? new Set()
      this.#revoked.set(owner.name, known.add(cidKey(revoke)))
    }
  }

  /** Whether a node has on its disk that this was taken back. */
  knows(owner: Islander, revoked: CID): boolean {
    return this.#revoked.get(owner.name)?.has(cidKey(revoked)) ?? false
  }

  /** Whether somebody may read what another one has, and nobody has taken that back. */
  #mayRead(reader: Islander, owner: Islander): boolean {
    const lent = this.#lent.filter(({ from, to }) => from === owner && to === reader)
    return lent.some(({ delegation: { cmd, envelope } }) => cmd === '/receipt' && !this.knows(owner, envelope.cid))
  }

  #received(owner: Islander, { cid, iss, ran, out, exp }: Receipt): void {
    const key = cidKey(cid)
    const said = (who: Islander) => `${who.name} ${blockOf({ out: { ...out }, exp }).cid}`
    this.receipts += 1
    this.#said.add(said(owner))
    if (sameDid(iss, owner.signer.did)) return void this.#issued.add(key)
    this.travelled += 1
    const issuer = this.#islanders.find(({ signer }) => sameDid(signer.did, iss))
    if (!issuer) this.judge.find(`${owner.name} has the receipt of ${ran} of nobody: ${iss}`)
    else if (!issuer.isLiar && !this.#issued.has(key) && !this.#said.has(said(issuer))) {
      this.judge.find(`${owner.name} has a receipt of ${ran} by ${issuer.name}, who has it not on the disk`)
    }
  }

  /**
   * An errand came to its end: each function gave what it gives, of what its errand's tasks came to, whoever did it and wherever
   * they heard of that (ADR 127). What the errand gave up, its agent may have done all the same.
   */
  ended(errand: Errand, { tasks }: EndedRun, liars: ReadonlySet<string>): void {
    const byName = new Map([...namesOf(errand)].map(([label, name]) => [cidKey(name), label]))
    for (const [label, { receipt, how }] of tasks) {
      const task = errand.compiled.workflow.tasks[label]
      if (task?.cmd !== '/wasm/run' || (how !== 'ran' && how !== 'reused')) continue
      // Who asks a liar to do something gets a lie.
      if (task.sub !== undefined && liars.has(task.sub)) continue
      // What others made of the lies of one who is trusted is made well, of lies.
      if (this.#isBetrayed && (task.sub !== undefined || how !== 'ran')) continue
      let isKnown = true
      const args = mapPromises(task.args, isLink, ({ branch, target }) => {
        const awaited = byName.get(cidKey(target)) ?? ''
        const other = errand.compiled.workflow.tasks[awaited]
        const known = tasks.get(awaited)?.receipt
        const value = known && valueOn(branch, { ...known.out })
        // A liar says one thing here and another one to whoever did the next.
        if (task.sub !== undefined && other?.sub !== undefined && liars.has(other.sub)) isKnown = false
        else if (value !== undefined) return value
        else if (branch === 'ok' && task.sub !== undefined && mayHaveBeenDone(other, known)) isKnown = false
        else
          this.judge.find(`e${errand.number} ${label} is done, and the ${branch} of ${awaited} that it awaits is not`)
        return null
      })
      const expected = isMap(args) && isKnown ? evaluate(args) : undefined
      if (expected && fingerprint(expected) !== fingerprint(receipt.out)) {
        const said = JSON.stringify(receipt.out)
        this.judge.find(`e${errand.number} ${label} came to ${said}, and it is ${JSON.stringify(expected)}`)
      }
    }
  }

  /** Nothing has kept them apart for long: those who trust each other have the same. */
  async converged(islands: readonly Island[]): Promise<string | undefined> {
    const honest = islands.filter(({ owner }) => !owner.isLiar)
    const sets = await Promise.all(
      honest.map(async island => ({ owner: island.owner, has: await lasting(island, honest) })),
    )
    for (const reader of sets) {
      for (const { owner, has } of sets.filter(other => this.#mayRead(reader.owner, other.owner))) {
        for (const [key, told] of has)
          if (!reader.has.has(key)) return `${reader.owner.name} lacks ${told} of ${owner.name}`
      }
    }
    const revoked = new Set(honest.flatMap(({ owner }) => [...(this.#revoked.get(owner.name) ?? [])]))
    for (const { owner } of honest) {
      const known = this.#revoked.get(owner.name)
      for (const key of revoked) if (!known?.has(key)) return `${owner.name} has not heard of a revocation`
    }
    return undefined
  }
}

/** What a promise stands for, by how its task ended; nothing where that took the other branch. */
function valueOn(branch: Branch, out: ValueMap): Value | undefined {
  return branch === '*' ? out : out[branch]
}

/**
 * Whether another agent's task that failed here may have been done there all the same: it was given up, or is a function,
 * which somebody else may have asked for as well.
 */
function mayHaveBeenDone({ sub, cmd }: Partial<Task> = {}, failed: Receipt | undefined): boolean {
  if (sub === undefined || !failed) return false
  return cmd === '/wasm/run' || !sameDid(failed.iss, sub)
}

/** The receipts that travel which a node has: for good, and by one of those who are trusted. */
async function lasting({ base }: Island, honest: readonly Island[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const cid of await allReceipts(base)) {
    const bytes = await base.block(cid)
    const receipt = bytes && (await readReceipt(bytes))
    if (!receipt || 'error' in receipt || receipt.ok.exp !== null || (await base.isSecret(cid))) continue
    const { iss, ran, profile } = receipt.ok
    const issuer = honest.find(other => sameDid(other.owner.signer.did, iss))
    // What an agent did for another is the other's business alone.
    if (issuer && profile !== undefined) found.set(cidKey(cid), `the receipt of ${ran} by ${issuer.owner.name}`)
  }
  return found
}
