import { exportStore } from '@ipvm/store'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { storedNamed } from '../load/run-name.ts'
import { writeChunks } from '../load/stream.ts'
import { openNode } from '../open.ts'
import { say } from '../output.ts'

const nonceBytes = 16

/** `ipvm export WORKFLOW|all` */
export const exportCommand: Command = {
  usage: 'WORKFLOW|all',
  words: 1,
  summary:
    'Writes a workflow with all that it needs (modules, files, receipts, proofs, runs), or everything, as a CAR. Keys stay.',
  examples: ['export all --output everything.car', 'export last -o portrait.car', 'export all | gzip > all.car.gz'],
  options: { output: { summary: 'where to write it; the standard output where not given', value: 'FILE', short: 'o' } },
  run: async call => {
    const [text] = call.positionals
    if (text === undefined)
      throw new Stop({ name: 'Usage', message: 'export needs the CID of a workflow or a run, last, or all' })
    const output = call.value('output')
    if (output === undefined && process.stdout.isTTY) {
      throw new Stop({ name: 'Usage', message: 'a terminal cannot show a CAR; write it to a file with --output FILE' })
    }
    const node = await openNode(call)
    try {
      const of = text === 'all' ? text : await storedNamed(node.store, text)
      let damaged = 0
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes))
      const onDamaged = (cid: unknown) => {
        damaged += 1
        say(`ipvm: the stored block ${cid} is damaged and was left out`)
      }
      let secrets = 0
      const onSecret = () => {
        secrets += 1
      }
      await writeChunks(output, orStop(await exportStore(node.store, { of, nonce, onDamaged, onSecret })))
      if (secrets > 0) say(`ipvm: ${secrets} ${secrets === 1 ? 'block' : 'blocks'} that come of secrets were left out`)
      return damaged === 0 ? exit.ok : exit.failed
    } finally {
      await node.close()
    }
  },
}
