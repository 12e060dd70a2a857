import type { Page, PageOptions } from '../housekeeping.ts'
import type { KvEntry } from '../journal.ts'
import type { Store } from '../store.ts'

/** All items of a list that is read page by page. */
export async function all<T>(list: (page: PageOptions) => Promise<Page<T>>, limit: number): Promise<readonly T[]> {
  const items: T[] = []
  for await (const item of each(list, limit)) items.push(item)
  return items
}

/** The items of a list that is read page by page, one after the other. */
export async function* each<T>(
  list: (page: PageOptions) => Promise<Page<T>>,
  limit: number,
): AsyncGenerator<T, void, undefined> {
  let page = await list({ limit })
  for (;;) {
    yield* page.items
    if (page.next === undefined) return
    page = await list({ limit, after: page.next })
  }
}

/** All values of the key-value map, read page by page. */
export async function* eachValue(
  store: Pick<Store, 'kvList'>,
  limit: number,
): AsyncGenerator<KvEntry, void, undefined> {
  let page = await store.kvList('', { limit })
  while (page.length > 0) {
    yield* page
    page = await store.kvList('', { limit, after: page.at(-1)?.key })
  }
}
