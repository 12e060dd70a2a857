import type { RunSummary } from '../journal.ts'
import type { Store } from '../store.ts'

/** All runs, the newest first, read page by page. */
export async function* eachRun(store: Pick<Store, 'runs'>, limit: number): AsyncGenerator<RunSummary, void, undefined> {
  let page = await store.runs(limit)
  while (page.length > 0) {
    yield* page
    const last = page.at(-1)
    page = page.length < limit ? [] : await store.runs(limit, last?.run)
  }
}
