import type { Command } from '../command.ts'
import { exit, Stop } from '../exit.ts'
import { print } from '../output.ts'
import { readInput } from '../load/file.ts'
import { openOrMakeNode } from '../open.ts'

/** `ipvm put FILE…` */
export const put: Command = {
  usage: 'FILE…',
  words: Number.POSITIVE_INFINITY,
  summary: 'Stores files in the node and prints the CIDs by which workflows name them.',
  examples: ['put photo.png', 'put image.wasm photo.png'],
  options: {},
  run: async call => {
    if (call.positionals.length === 0)
      throw new Stop({ name: 'Usage', message: 'put needs a file; see ipvm put --help' })
    const contents = await Promise.all(call.positionals.map(readInput))
    const { node } = await openOrMakeNode(call)
    try {
      for (const [i, bytes] of contents.entries()) {
        const cid = await node.put(bytes)
        const path = call.positionals[i]
        print(call.json ? JSON.stringify({ path, cid: cid.toString(), bytes: bytes.length }) : `${cid}  ${path}`)
      }
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
