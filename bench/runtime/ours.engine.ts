// Our node, in the process that runs this file.
import { DatabaseSync } from 'node:sqlite'
import type { Value } from '@ipvm/ipld'
import { openNode, runOurs } from '../ours.ts'
import { median } from '../measure.ts'
import { read } from '../wasm/guests.ts'
import { serve } from './engine.ts'
import { chain, fan, mixed, sumModule } from './shapes.ts'

/** What sets the tasks of one workflow apart from those of the next: no workflow has so many. */
const apart = 20_000

let commits = 0
const { exec } = DatabaseSync.prototype
DatabaseSync.prototype.exec = function (sql) {
  if (sql === 'COMMIT') commits += 1
  exec.call(this, sql)
}

await serve(async folder => {
  const node = await openNode(folder)
  void node.warm()
  const guests = { addOne: await node.put(read('guests/add/add.wasm')), sum: await node.put(sumModule) }
  let first = -(2 ** 31)
  const unknown = () => {
    first += apart
    return first
  }

  /** Of a chain: the commits of a step, and percentiles of what a step costs beside the guest's running. */
  const steps = async (length: number) => {
    const before = commits
    const start = performance.now()
    const ended = await node.run(chain(guests, length, unknown()))
    if ('error' in ended) throw new Error(ended.error.message)
    const milliseconds = performance.now() - start
    const own = [...ended.ok.tasks.values()].map(({ milliseconds, report }) => milliseconds - (report?.used.time ?? 0))
    const sorted = own.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
    return { milliseconds, commits: (commits - before) / length, p50: median(own), p99: at(0.99) }
  }

  /** Of a workflow: what it takes the first time and the second. */
  const twice = async (draft: Value) => {
    const start = performance.now()
    await runOurs(node, draft)
    const middle = performance.now()
    await runOurs(node, draft)
    return { cold: middle - start, known: performance.now() - middle }
  }

  return {
    chain: length => runOurs(node, chain(guests, length, unknown())),
    fan: width => runOurs(node, fan(guests, width, unknown())),
    mixed: count => runOurs(node, mixed(guests, count, unknown())),
    one: number => runOurs(node, fan(guests, 1, number)),
    extra: async (name, amount) => {
      if (name === 'steps') return steps(amount)
      if (name === 'twice') return twice(mixed(guests, amount, unknown()))
      return { rss: process.memoryUsage.rss() / 2 ** 20 }
    },
    close: () => node.close(),
  }
})
