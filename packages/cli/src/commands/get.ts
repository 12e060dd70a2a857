import { parseCid } from '@ipvm/ipld'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { openNode } from '../open.ts'

/** `ipvm get CID` */
export const get: Command = {
  usage: 'CID',
  words: 1,
  summary: 'Writes the content of a stored file to the standard output, or to a file.',
  examples: ['get bafkrei… > photo.png', 'get bafkrei… --output photo.png'],
  options: { output: { summary: 'where to write it', value: 'FILE', short: 'o' } },
  run: async call => {
    const [text] = call.positionals
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'get needs a CID; see ipvm get --help' })
    const cid = orStop(parseCid(text))
    const node = await openNode(call)
    try {
      const bytes = orStop(await node.file(cid))
      const path = call.value('output')
      if (path === undefined) process.stdout.write(bytes)
      else await writeOutput(path, bytes)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
