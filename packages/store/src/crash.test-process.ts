import { rawBlock } from '@ipvm/ipld'
import { openSqliteStore } from './sqlite/store.ts'

// Commits blocks, says which were acknowledged, and is killed in the middle of it.
const [, , path = ''] = process.argv
const store = openSqliteStore(path)
for (let n = 0; n < 200; n++) {
  await store.commit({ blocks: [rawBlock(Uint8Array.of(n))] })
  console.log(n)
  if (n === 20) setImmediate(() => process.kill(process.pid, 'SIGKILL'))
}
