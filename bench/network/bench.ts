// What the network costs, beside peers as bare as they can be, all on the loopback, all in one run. Servers, nodes and whoever
// asks are processes of their own; requests are made and signed ahead of time and sent over raw sockets, one at a time on
// each, so that who asks costs little, and how much is said. On a machine of two cores three busy processes take turns all
// the same: what each uses of a processor stands beside its rate. All ways take turns within a round, after one that does not
// count; ratios are of what was measured in one round, and their median counts.
//
// - requests: tasks that add one (guests/add), each an invocation signed by a key that the node has delegated to, with that
//   delegation beside it. Cold ones beside the same as workflows of the node's own; known ones, each of another invocation,
//   beside hono that decodes the same body, verifies one Ed25519 signature of it by a key that it knows, and encodes it again.
// - stream: requests over our libp2p transport, echoed and as memo hits, beside length-prefixed messages on one bare stream of
//   libp2p.
// - gossip: twenty nodes in four processes beside gossipsub as it comes, over the same connections.
// - blocks: files of 20 MB, a new one each time, beside a GET of Node, and beside Helia's bitswap; from memory to memory.
// - islands: 100,000 receipts in common, 100 different ones on each side; all bytes on the wire count.
// - watchers: what 1,000 idle event streams add to the memory of a node.
// - soak: ten minutes of everything at once, wrong requests and slow clients among it; only when it is asked for by name.
//
// Run it: npm run bench:network [-- --rounds 3] [-- --only requests | stream | gossip | blocks | islands | watchers]
// and npm run bench:network -- --only soak [--minutes 10]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine, table } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { blockFigures } from './blocks.ts'
import { gossipFigures } from './gossip.ts'
import { islandFigures } from './islands.ts'
import { requestFigures } from './requests.ts'
import { soakFigures } from './soak.ts'
import { streamFigures } from './stream.ts'
import { watcherFigures } from './watchers.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    minutes: { type: 'string', default: '10' },
  },
})
const rounds = Number(values.rounds)
const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-network-'))
const sections: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  requests: () => requestFigures(folder, rounds),
  stream: () => streamFigures(folder, rounds, 10_000),
  gossip: () => gossipFigures(rounds, 10),
  blocks: () => blockFigures(rounds, 3),
  islands: () => islandFigures(rounds),
  watchers: () => watcherFigures(folder),
  soak: () => soakFigures(folder, Number(values.minutes)),
}
const chosen = values.only === undefined ? Object.keys(sections).filter(name => name !== 'soak') : [values.only]
const figures: Figure[] = []
const failed: string[] = []
try {
  console.log(`${machine()}, ${rounds} rounds, medians\n`)
  for (const name of chosen) {
    process.stderr.write(`${name}\n`)
    const section = sections[name]
    if (!section) throw new Error(`there is no "${name}"; there are ${Object.keys(sections).join(', ')}`)
    try {
      figures.push(...(await section()))
    } catch (thrown) {
      failed.push(`${name} failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const rows = figures.map(({ what, asked, measured, reached }) => [what, asked, measured, reached ? 'yes' : 'NO'])
if (rows.length > 0) console.log(`${table(['', 'asked', 'measured', 'reached'], 3, rows)}\n`)
for (const { what, note } of figures) if (note !== undefined) console.log(`- ${what}: ${note}`)
for (const why of failed) console.log(why)
if (failed.length > 0) process.exitCode = 1
