import { encodeJson } from '@ipvm/ipld'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { loadDraft } from '../load/draft.ts'
import { isModuleWord } from '../load/module.ts'
import { wasmCallDraft } from '../load/wasm-call.ts'
import { openOrMakeNode } from '../open.ts'
import { print } from '../output.ts'
import { planText, planValue } from '../view/plan.ts'

/** `ipvm plan FILE …` */
export const plan: Command = {
  usage: 'FILE.json | FILE.ts [ARGS…] | FILE.wasm|NAME|CID FUNCTION [ARGS…]',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Tells what running a workflow would do, before anything runs: what is known already, what may be tried again, what happens once.',
  examples: ['plan newsletter.json', 'plan portrait.ts photo.png', 'plan newsletter.json --json'],
  options: {},
  run: async call => {
    const [path, ...args] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'plan needs a file; see ipvm plan --help' })
    const loaded = isModuleWord(path) ? undefined : await loadDraft(path, args)
    const { node } = await openOrMakeNode(call)
    try {
      const draft = loaded === undefined ? await wasmCallDraft(node, path, args, undefined) : loaded
      const { workflow, document } = orStop(await node.compile(draft))
      const planned = orStop(await node.runtime.plan(workflow))
      print(call.json ? encodeJson({ workflow: document.cid, ...planValue(planned) }) : planText(planned))
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
