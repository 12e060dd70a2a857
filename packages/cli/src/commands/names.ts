import { encodeJson } from '@ipvm/ipld'
import { printGlobalName } from '@ipvm/node'
import { table, type Command } from '../command.ts'
import { exit } from '../exit.ts'
import { openNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm names` */
export const names: Command = {
  usage: '',
  words: 0,
  summary: 'Lists the names that were added, what each stands for, and where a later record is known.',
  examples: ['names', 'names --json'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const all = await node.names.all()
      for (const { local, record, later } of call.json ? all : []) {
        const { cid, mod, seq } = record
        print(encodeJson({ local, global: printGlobalName(record), record: cid, mod, seq, later: later ?? null }))
      }
      if (!call.json && all.length > 0) {
        const rows = all.map(({ local, record, later }) => {
          const news = later === undefined ? '' : `; number ${later} is known: ipvm add ${printGlobalName(record)}`
          return [local, `${record.mod}  ${printGlobalName(record)} number ${record.seq}${news}`] as const
        })
        print(table(rows))
      }
      if (all.length === 0 && !call.json) say('no name was added yet; see ipvm add --help')
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
