import type { Command } from '../command.ts'
import { exit } from '../exit.ts'
import { print } from '../output.ts'
import { openOrMakeNode } from '../open.ts'

/** `ipvm init` */
export const init: Command = {
  usage: '',
  words: 0,
  summary: 'Makes a node: a folder with its key and its store. A node that is there stays as it is.',
  examples: ['init', 'init --home ./my-node'],
  options: {},
  run: async call => {
    const { node, home, made } = await openOrMakeNode(call)
    await node.close()
    if (call.json) print(JSON.stringify({ did: node.did, home: home.folder, made }))
    else print(`${made ? 'Made a node' : 'There is a node'} in ${home.folder}\n${node.did}`)
    return exit.ok
  },
}
