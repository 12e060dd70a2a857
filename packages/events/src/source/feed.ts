import type { World } from '@ipvm/runtime'
import type { CursorChange, Feed, FeedEntry, FeedPage, Store } from '@ipvm/store'
import type { Delivery, Found } from '../inbox/delivery.ts'
import { feedMilliseconds, pageMax, passedOverMax } from '../limits.ts'
import { looking, type Looking } from './looking.ts'

/** Under which key the cursor of a feed is. */
const cursorKey = 'at'

/** Something of the store that comes in a row. */
export interface FeedSource<Entry extends FeedEntry> {
  readonly feed: Feed
  read(page: FeedPage): Promise<readonly Entry[]>
  /** What is to be made of an entry; nothing, where it is not meant. */
  find(entry: Entry): Promise<Found | undefined>
}

/** The cursor of a trigger that sees what comes from now on. */
export async function fromNow(trigger: CursorChange['trigger'], feed: Feed, store: Store): Promise<CursorChange> {
  return cursorAt(trigger, await store.feedEnd(feed))
}

/**
 * Takes what comes to a feed: events and cursor are written together, so that nothing is missed and nothing comes twice.
 * As long as the trigger has no room, it waits where it is.
 */
export function followFeed<Entry extends FeedEntry>(
  source: FeedSource<Entry>,
  delivery: Delivery,
  { store, world, onProblem }: { store: Store; world: World; onProblem: (message: string) => void },
): Looking {
  const { cid, trigger } = delivery
  let at: number | undefined
  /** Up to where it is written down. */
  let written = 0
  const once = async () => {
    if (at === undefined) written = await readCursor(cid, store)
    at ??= written
    // It is cheap to ask where the end is, and most of the time there is nothing new.
    while (!delivery.isFull && (await store.feedEnd(source.feed)) > at) {
      const room = Math.min(pageMax, trigger.waiting - delivery.waiting)
      const entries: readonly Entry[] = await source.read({ after: at, limit: room })
      const last = entries.at(-1)
      if (!last) return
      const found: Found[] = []
      for (const entry of entries) {
        const one = await source.find(entry)
        if (one) found.push(one)
      }
      if (found.length > 0 || last.number - written > passedOverMax) {
        await delivery.take(found, [cursorAt(cid, last.number)])
        written = last.number
      }
      at = last.number
    }
  }
  const look = looking(once, feedMilliseconds, world, onProblem)
  delivery.onRoom(look.look)
  look.look()
  return look
}

function cursorAt(trigger: CursorChange['trigger'], number: number): CursorChange {
  return { trigger, key: cursorKey, mark: new TextEncoder().encode(String(number)) }
}

async function readCursor(trigger: CursorChange['trigger'], store: Store): Promise<number> {
  const found = (await store.cursors(trigger, { limit: 1 })).find(({ key }) => key === cursorKey)
  return found ? Number(new TextDecoder().decode(found.mark)) : 0
}
