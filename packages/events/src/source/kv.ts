import { decode } from '@ipvm/ipld'
import type { KvChangeEntry, Store } from '@ipvm/store'
import type { SourceOf } from '../trigger/document.ts'
import type { FeedSource } from './feed.ts'

/**
 * Changes of entries whose keys begin with a prefix: `{key, version, value}`, the value null where it was let go of. Of
 * changes of one key that come faster than they are looked at, the last is told.
 */
export function kvSource({ prefix }: SourceOf<'kv'>, store: Store): FeedSource<KvChangeEntry> {
  return {
    feed: 'kv',
    read: page => store.kvFeed(page),
    find: async ({ key, version, value: bytes, depth }) => {
      if (!key.startsWith(prefix)) return undefined
      const read = bytes && decode(bytes)
      const value = read && 'ok' in read ? read.ok : null
      const type = bytes ? 'kv.changed' : 'kv.deleted'
      return { id: `${key}@${version}`, type, data: { key, version, value }, depth }
    },
  }
}
