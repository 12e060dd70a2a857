import { importInto, type Imported } from '@ipvm/store'
import type { IpvmNode } from '@ipvm/node'
import { isDid, type Did } from '@ipvm/varsig'
import type { Command } from '../command.ts'
import { size } from '../display/display.ts'
import { exit, Stop } from '../exit.ts'
import { readChunks } from '../load/stream.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm import FILE` */
export const importCommand: Command = {
  usage: 'FILE',
  words: 1,
  summary: 'Brings in what ipvm export wrote. Every block and every signature is checked; what is here already stays.',
  examples: ['import everything.car', 'import portrait.car --trust did:key:z6Mk…', 'import - < all.car'],
  options: { trust: { summary: 'use the results of these executors as our own, from now on', value: 'DID,…' } },
  run: async call => {
    const [path] = call.positionals
    if (path === undefined)
      throw new Stop({ name: 'Usage', message: 'import needs a file, or - for the standard input' })
    const trusted = trustedIn(call.value('trust'))
    const { node } = await openOrMakeNode(call)
    try {
      const read = await importInto(node.store, readChunks(path))
      if ('error' in read) {
        const { name, message } = read.error
        throw new Stop({ name, message: `${path} was not imported: ${message}` }, exit.usage, read.error)
      }
      await node.store.commit({ trusted })
      const strangers = await untrusted(node, read.ok)
      if (call.json) print(JSON.stringify({ ...read.ok, executors: Object.fromEntries(read.ok.executors), strangers }))
      else print(summary(read.ok))
      if (strangers.length > 0) {
        say(`ipvm: results of other executors are kept and shown, and not used; if you trust them, use them with:`)
        say(`  ipvm import ${path} --trust ${strangers.join(',')}`)
      }
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

function trustedIn(text: string | undefined): readonly Did[] {
  return (text?.split(',') ?? []).map(did => {
    if (isDid(did)) return did
    throw new Stop({ name: 'Usage', message: `--trust ${did} is no DID; ipvm id shows a node's` })
  })
}

async function untrusted({ did, store }: IpvmNode, { executors }: Imported): Promise<readonly Did[]> {
  const strangers: Did[] = []
  for (const executor of executors.keys()) {
    if (executor !== did && !(await store.trusts(executor))) strangers.push(executor)
  }
  return strangers
}

function summary({ blocks, newBlocks, bytes, receipts, newReceipts, runs, newRuns }: Imported): string {
  const count = (all: number, fresh: number, what: string) => `${all} ${what} (${fresh} new)`
  const parts = [count(receipts, newReceipts, 'receipts'), count(runs, newRuns, 'runs')]
  return `Verified ${count(blocks, newBlocks, 'blocks')}, ${size(bytes)}; ${parts.join('; ')}`
}
