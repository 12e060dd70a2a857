import { rawBlock } from '@ipvm/ipld'
import { openSqliteStore } from './sqlite/store.ts'

// Commits blocks, says which were acknowledged, and is killed in the middle of it; with a thread that writes, if it has to.
const [, , path = '', how] = process.argv
const store = openSqliteStore(path)
const before = await store.foreignWrites()
if (how === 'thread') {
  await Promise.all(Array.from({ length: 100 }, () => store.commit({})))
  while ((await store.foreignWrites()) === before) await new Promise(resolve => setTimeout(resolve, 5))
}
for (let n = 0; n < 200; n++) {
  await store.commit({ blocks: [rawBlock(Uint8Array.of(n))] })
  console.log(n)
  if (n === 20) setImmediate(() => process.kill(process.pid, 'SIGKILL'))
}
