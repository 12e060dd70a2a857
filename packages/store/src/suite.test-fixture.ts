import { describe, test } from 'vitest'
import { storeStories } from './store.test-fixture.ts'
import type { MakeStore } from './story.test-fixture.ts'

/** What every store has to do, as tests. */
export function storeSuite(name: string, make: MakeStore): void {
  describe(name, () => {
    for (const [story, tell] of Object.entries(storeStories)) test(story, () => tell(make))
  })
}
