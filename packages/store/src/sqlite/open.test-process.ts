import { openSqliteStore } from './store.ts'

// Opens a store, at a moment when others do, too.
const [, , path = '', at = ''] = process.argv
while (Date.now() < Number(at)) {
  // A timer is not that exact.
}
const store = openSqliteStore(path)
await store.commit({})
await store.close()
