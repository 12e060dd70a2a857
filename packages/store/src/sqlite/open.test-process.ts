import { createInterface } from 'node:readline'
import { openSqliteStore } from './store.ts'

// Opens the stores that it is told, and says when it has.
console.log('ready')
for await (const path of createInterface(process.stdin)) {
  const store = openSqliteStore(path)
  await store.commit({})
  await store.close()
  console.log('opened')
}
