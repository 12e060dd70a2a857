import { describe } from 'vitest'
import { blockStories } from './blocks.test-fixture.ts'
import { dialledStories } from './dialled.test-fixture.ts'
import type { MakeHarness } from './harness.test-fixture.ts'
import { requestStories } from './requests.test-fixture.ts'
import { topicStories } from './topics.test-fixture.ts'

/** What every transport has to do, as tests. */
export function transportSuite(name: string, make: MakeHarness): void {
  describe(name, () => {
    describe('requests', () => requestStories(make))
    describe('blocks', () => blockStories(make))
    describe('who is dialled', () => dialledStories(make))
    describe('topics', () => topicStories(make))
  })
}
