// What a node that is up costs while it waits: with many schedules that are due later, and with none.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { nameOf } from '@ipvm/ipld'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { table } from '../measure.ts'
import { processorTime } from './processor.ts'
import { ended, servedNode, started } from './functions.ts'

const ipvm = join(import.meta.dirname, '..', '..', 'packages/cli/bin/ipvm.js')
/** Processor time of `seconds` seconds of waiting, with so many schedules. */
export async function idle(folder: string, counts: readonly number[], seconds: number): Promise<string> {
  const rows: string[][] = []
  for (const count of counts) {
    const home = join(folder, `idle-${count}`)
    await ended(await servedNode(home))
    const store = openSqliteStore(join(home, 'home', 'store.db'))
    const due = Math.floor(Date.now() / 1000) + 86_400
    for (let at = 0; at < count; at += 1000) {
      const some = Array.from({ length: Math.min(1000, count - at) }, (_, i) => {
        return { schedule: nameOf(at + i), workflow: nameOf('w'), due: due + at + i, last: due - 1, missed: 0 }
      })
      await store.commit({ schedules: some })
    }
    await store.close()
    const up = await started([ipvm, 'up', '--port', '0'], { IPVM_HOME: join(home, 'home') })
    const pid = up.child.pid ?? 0
    await wait(3000)
    const before = processorTime(pid)
    await wait(seconds * 1000)
    const spent = (processorTime(pid) - before) / seconds
    await ended(up)
    rows.push([String(count), spent.toFixed(1)])
  }
  return table(['schedules that are due later', 'ms of processor per second'], 2, rows)
}
