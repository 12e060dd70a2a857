import { describe, test } from 'vitest'
import { storeStories, type MakeStore } from './store.test-fixture.ts'

/** What every store has to do, as tests. */
export function storeSuite(name: string, make: MakeStore): void {
  describe(name, () => {
    for (const [story, tell] of Object.entries(storeStories)) test(story, () => tell(make))
  })
}
