import { cidKey, codec, linksOf, type CID } from '@ipvm/ipld'
import type { JournalEvent, RunState } from '../journal.ts'
import type { Store } from '../store.ts'

/** Follows links through a store. What is linked to and is not there is passed over: a link may be a mere name. */
export class Reach {
  readonly #store: Pick<Store, 'block' | 'run' | 'journal'>
  /** Whether a block is in the store, and not reached before. */
  readonly #isNew: (key: string) => boolean
  readonly #sourceMapOf: (key: string) => CID | undefined

  /** @param sourceMapOf which source map goes with a module, where those are followed, too */
  constructor(
    store: Pick<Store, 'block' | 'run' | 'journal'>,
    isNew: (key: string) => boolean,
    sourceMapOf: (key: string) => CID | undefined = () => undefined,
  ) {
    this.#store = store
    this.#isNew = isNew
    this.#sourceMapOf = sourceMapOf
  }

  /** Every new block that is reached from `roots`, those included, each before what it links to. */
  async *from(roots: readonly CID[]): AsyncGenerator<CID, void, undefined> {
    const seen = new Set<string>()
    const pending = [...roots].reverse()
    for (let next = pending.pop(); next; next = pending.pop()) {
      const key = cidKey(next)
      if (seen.has(key) || !this.#isNew(key)) continue
      seen.add(key)
      yield next
      const map = this.#sourceMapOf(key)
      if (map) pending.push(map)
      if (next.code === codec.raw) continue
      const bytes = await this.#store.block(next)
      if (bytes) pending.push(...linksOf({ cid: next, bytes }).toReversed())
    }
  }

  /**
   * What a run needs: its workflow, its invocation and delegations with their proofs, and the receipts of its tasks; as
   * long as it goes on, also what it was about to do, and what it was done from before.
   */
  async rootsOf({ run, invocation, delegations, workflow, end }: RunState): Promise<readonly CID[]> {
    const settled = (await this.#store.run(run))?.settled ?? []
    const roots = [workflow, run, invocation, ...delegations, ...settled.map(({ receipt }) => receipt)]
    if (!end) for (const { event } of await this.#store.journal(run)) roots.push(...cidsOf(event))
    return roots
  }
}

function cidsOf(event: JournalEvent): readonly CID[] {
  if (event.type === 'settled' || event.type === 'spawned') return [event.task, event.receipt]
  if (event.type === 'signed') return [event.task, event.invocation]
  if (event.type === 'waiting') return [event.target]
  return 'task' in event ? [event.task] : []
}
