import { encodeJson, parseCid } from '@ipvm/ipld'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { print } from '../output.ts'
import { openNode } from '../open.ts'
import { identify } from '../view/identify.ts'
import { view } from '../view/view.ts'

/** `ipvm show CID` */
export const show: Command = {
  usage: 'CID',
  words: 1,
  summary: 'Shows what a CID names: a workflow, a task, a receipt (its signature checked), a run, or a file.',
  examples: ['show bafyrei…', 'show bafyrei… --json'],
  options: {},
  run: async call => {
    const [text] = call.positionals
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'show needs a CID; see ipvm show --help' })
    const cid = orStop(parseCid(text))
    const node = await openNode(call)
    try {
      const thing = orStop(await identify(node, cid))
      print(call.json ? encodeJson({ cid, kind: thing.kind, ...thing.json }, 2) : await view(node, cid, thing))
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
