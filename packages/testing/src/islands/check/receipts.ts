import type { CID } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'

/** The names of all receipts of a store. */
export async function allReceipts(store: Store): Promise<readonly CID[]> {
  const all: CID[] = []
  let page = await store.listReceipts({ limit: 1000 })
  all.push(...page.items)
  while (page.next !== undefined) {
    page = await store.listReceipts({ limit: 1000, after: page.next })
    all.push(...page.items)
  }
  return all
}
