// How long a run takes that reads and writes one value of the node's own map, among few values and among many.
import { join } from 'node:path'
import { homeOf, IpvmNode, makeHome, makeIdentity } from '@ipvm/node'
import { encode } from '@ipvm/ipld'
import { median, table, timed } from '../measure.ts'

/** A run of `/kv/get` and `/kv/put` under a key of its own each time, and a listing, by how many values there are. */
export async function values(folder: string, counts: readonly number[], runs: number): Promise<string> {
  const rows: string[][] = []
  let first: number[] | undefined
  for (const count of counts) {
    const home = homeOf(join(folder, `kv-${count}`))
    await makeHome(home)
    const identity = await makeIdentity(home)
    if ('error' in identity) throw new Error(identity.error.message)
    const node = new IpvmNode(home, identity.ok.signer, { workers: 1 })
    await node.runtime.open()
    for (let at = 0; at < count; at += 5000) {
      const size = Math.min(5000, count - at)
      const kv = Array.from({ length: size }, (_, i) => ({
        key: keyOf(at + i),
        value: encode({ n: at + i }),
        version: 1,
      }))
      await node.store.commit({ kv })
    }
    const tasks = (i: number) => ({
      get: { cmd: '/kv/get', args: { key: keyOf((i * 7919) % count) } },
      put: { cmd: '/kv/put', args: { key: keyOf((i * 104_729) % count), value: i } },
    })
    const times: number[] = []
    const lists: number[] = []
    for (let i = 0; i < runs; i++) {
      const draft = { 'ipvm/workflow@1': { name: 'values', tasks: tasks(i) } }
      times.push(await timed(() => node.run(draft)))
      const prefix = keyOf((i * 7919) % count).slice(0, -1)
      lists.push(await timed(() => node.store.kvList(prefix, { limit: 100 })))
    }
    await node.close()
    const found = [median(times.slice(runs / 5)), median(lists.slice(runs / 5))]
    first ??= found
    const ratios = found.map((time, i) => `${(time / (first?.[i] ?? 1)).toFixed(2)}×`)
    rows.push([String(count), ...found.map(time => time.toFixed(2)), ...ratios])
  }
  return table(['values', 'run p50 ms', 'list p50 ms', 'run', 'list'], 5, rows)
}

function keyOf(n: number): string {
  return `entries/${String(n).padStart(9, '0')}`
}
