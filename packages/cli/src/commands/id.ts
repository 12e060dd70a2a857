import { homeOf } from '@ipvm/node/home'
import { readIdentity } from '@ipvm/node/identity'
import type { Command } from '../command.ts'
import { exit, orStop } from '../exit.ts'
import { print } from '../output.ts'

/** `ipvm id` */
export const id: Command = {
  usage: '',
  words: 0,
  summary: "Prints the node's DID, by which others name it.",
  examples: ['id'],
  options: {},
  run: async call => {
    const { did } = orStop(await readIdentity(homeOf(call.home)))
    print(call.json ? JSON.stringify({ did }) : did)
    return exit.ok
  },
}
