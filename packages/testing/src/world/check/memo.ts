import { cidKey, decode, isMap, type CID, type ValueMap } from '@ipvm/ipld'
import { mapPromises, isLink, promisesIn, readTask, type Outcome, type Receipt, type Task } from '@ipvm/ucan'
import type { Change } from '@ipvm/store'
import { evaluate, fingerprint, functionsProfile } from '../functions.ts'
import { openedArgs } from '../seal.ts'
import type { Judge } from './judge.ts'
import type { Ledger } from './ledger.ts'

/**
 * What a task comes to: an outcome that can be computed again; that it is skipped; something that lasts; or something that
 * holds for one run alone.
 */
type Computed = Outcome | 'skipped' | 'lasting' | 'passing'

/** The memo never changes, and never says what is not so: each of its entries is computed again. */
export class MemoCheck {
  readonly #judge: Judge
  readonly #ledger: Ledger
  /** What each name came to for good. */
  readonly #outcomes = new Map<string, number>()
  readonly #computed = new Map<string, Computed>()

  constructor(judge: Judge, ledger: Ledger) {
    this.#judge = judge
    this.#ledger = ledger
  }

  /** A change that is on the disk, and in the ledger. */
  committed({ receipts = [], results = [] }: Change): void {
    for (const { cid, exp } of receipts) {
      const receipt = this.#ledger.receipt(cid)
      if (receipt && exp === null) this.#remember(receipt)
    }
    for (const { name, profile, receipt: cid } of results) {
      const receipt = this.#ledger.receipt(cid)
      if (!receipt) this.#judge.find(`the memo names the receipt ${cid}, which is not on the disk`)
      else this.#checkEntry(name, profile, receipt)
    }
  }

  /** One permanent outcome per name; and of a function, the one that it has. */
  #remember(receipt: Receipt): void {
    const name = receipt.as ?? receipt.ran
    const task = this.#task(name)
    const isGuest = task?.cmd === '/wasm/run'
    const isQuery = task?.cmd === '/sim/read' || task?.cmd === '/sim/vault'
    if (isSkipped(receipt) || isQuery) return
    const outcome = fingerprint(receipt.out)
    const key = cidKey(name)
    if ((this.#outcomes.get(key) ?? outcome) !== outcome)
      this.#judge.find(
        `${task ? describe(task) : name} has two outcomes for good, one of which is ${JSON.stringify(receipt.out)}`,
      )
    this.#outcomes.set(key, outcome)
    if (isGuest && promisesIn(task.args).length === 0 && fingerprint(evaluate(task.args)) !== outcome) {
      this.#judge.find(`the receipt of ${describe(task)} says ${JSON.stringify(receipt.out)}, which it does not give`)
    }
  }

  #checkEntry(name: CID, profile: string, receipt: Receipt): void {
    if (receipt.exp !== null) this.#judge.find(`the memo has for ${name} a receipt that does not last`)
    const task = this.#task(name)
    if (task?.cmd !== '/wasm/run') return
    if (profile !== functionsProfile && profile !== `${functionsProfile} sealed`)
      this.#judge.find(`the memo has ${name} under the profile ${profile}`)
    const computed = this.#compute(name)
    if (computed === 'passing') {
      this.#judge.find(`the memo has ${describe(task)}, whose result holds for one run alone`)
    } else if (typeof computed !== 'string' && isSkipped(receipt)) {
      this.#judge.find(`the memo says that ${describe(task)} is skipped, and it is not`)
    } else if (typeof computed !== 'string' && fingerprint(computed) !== fingerprint(receipt.out)) {
      this.#judge.find(`the memo answers ${describe(task)} with ${JSON.stringify(receipt.out)}`)
    } else if (computed === 'skipped' && !isSkipped(receipt)) {
      this.#judge.find(`the memo answers ${describe(task)}, which is skipped, with ${JSON.stringify(receipt.out)}`)
    }
  }

  /** What a task comes to by itself. */
  #compute(name: CID): Computed {
    const key = cidKey(name)
    const known = this.#computed.get(key)
    if (known) return known
    const task = this.#task(name)
    const computed = task?.cmd === '/wasm/run' ? this.#computeTask(task) : 'passing'
    if (task) this.#computed.set(key, computed)
    return computed
  }

  #computeTask(task: Task): Computed {
    const awaited = promisesIn(task.args).map(({ branch, target }) => ({ branch, computed: this.#compute(target) }))
    if (awaited.some(({ computed }) => computed === 'passing')) return 'passing'
    const isMissed = awaited.some(({ branch, computed }) => {
      if (branch === '*' || computed === 'lasting') return false
      return typeof computed === 'string' ? branch === 'ok' : !(branch in computed)
    })
    if (isMissed) return 'skipped'
    // What a receipt says of why it was skipped is not computed again.
    if (awaited.some(({ computed }) => typeof computed === 'string')) return 'lasting'
    const args = mapPromises(task.args, isLink, ({ branch, target }) => {
      const outcome = this.#compute(target)
      if (typeof outcome === 'string') return null
      return branch === '*' ? { ...outcome } : 'ok' in outcome ? outcome.ok : outcome.error
    })
    return isMap(args) ? evaluate(args) : 'passing'
  }

  #task(name: CID): Task | undefined {
    const bytes = this.#ledger.blocks.get(cidKey(name))
    const value = bytes && decode(bytes)
    const task = value && 'ok' in value ? readTask(value.ok) : undefined
    return task && 'ok' in task ? { ...task.ok, args: openedArgs(task.ok.args) } : undefined
  }
}

function isSkipped({ out }: Receipt): boolean {
  return 'error' in out && out.error.name === 'BranchMismatch'
}

function describe({ cmd, args }: { cmd: string; args: ValueMap }): string {
  return `${cmd} ${String(args.fun ?? args.id)}(${JSON.stringify(args.params ?? args.n)})`
}
