// How much two nodes say to each other that were apart, and what it takes of them: npm run bench:islands [COMMON] [DIFFERENT]
import { DigestSet } from '@ipvm/network/reconcile'
import { alice, bob } from '@ipvm/testing'
import { doubled, keep, namesIn, Town } from '../../packages/service/src/town.test-fixture.ts'

const [common = 100_000, different = 100] = process.argv.slice(2).map(Number)
const said = { ask: 0, tell: 0, receipts: 0, messages: 0 }

const town = new Town()
town.hub.partition([alice.did], [bob.did])
const nodes = {
  a: await town.node(alice, [bob], {
    answer: async (request, own) => {
      const answer = await own(request)
      if (request.type !== 'reconcile' || !('ok' in answer)) return answer
      said.messages += 1
      // What is brought is in the question, what is taken in the answer; all else is how it was found.
      const isBrought = answer.ok.bytes.length === 0
      if (isBrought) said.receipts += request.bytes.length
      else said.ask += request.bytes.length
      if (answer.ok.type === 'reconcile') said.tell += answer.ok.bytes.length
      else said.receipts += answer.ok.bytes.length
      return answer
    },
  }),
  b: await town.node(bob, [alice]),
}
const receipts = async (count: number, from: number, signer = alice) => {
  for (let at = 0; at < count; at += 1000) {
    const numbers = Array.from({ length: Math.min(1000, count - at) }, (_, n) => from + at + n)
    const some = await Promise.all(numbers.map(n => doubled(n, signer)))
    if (from === 0) for (const { store } of [nodes.a, nodes.b]) await keep(store, some)
    else await keep(signer === alice ? nodes.a.store : nodes.b.store, some)
  }
}
await receipts(common, 0)
await receipts(different, 1_000_000)
await receipts(different, 2_000_000, bob)
town.hub.heal()
const began = performance.now()
// Before the one whose DID is higher asks, too, who finds nothing.
await town.pass(4000)
const took = performance.now() - began
const [ours, theirs] = [await namesIn(nodes.a.store), await namesIn(nodes.b.store)]
if (ours.join() !== theirs.join() || ours.length !== common + 2 * different) throw new Error('they did not converge')
const kibibytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`
console.log(`${common} receipts in common, ${different} on each side that are not`)
console.log(
  `  found by ${said.messages} messages of ${kibibytes(said.ask + said.tell)} (asked ${kibibytes(said.ask)}, told ${kibibytes(said.tell)})`,
)
console.log(`  receipts themselves: ${kibibytes(said.receipts)}`)
console.log(`  ${Math.round(took)} ms, of which most is reading both stores for the first time`)
await town.close()

globalThis.gc?.()
const before = process.memoryUsage().heapUsed
const set = new DigestSet()
for (let n = 0; n < common; n++) set.add(crypto.getRandomValues(new Uint8Array(32)))
set.at('').hash()
globalThis.gc?.()
const tree = process.memoryUsage().heapUsed - before
console.log(
  `  a tree of ${set.size} digests: ${(tree / 1024 / 1024).toFixed(1)} MiB, ${Math.round(tree / set.size)} bytes each`,
)
