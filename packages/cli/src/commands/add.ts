import { encodeJson } from '@ipvm/ipld'
import { parseGlobalName, printGlobalName, type Added, type Addition, type GlobalName } from '@ipvm/node'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit, Stop } from '../exit.ts'
import { readTokens } from '../load/tokens.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm add did:…/NAME | FILE` */
export const add: Command = {
  usage: 'DID/NAME | FILE',
  words: 1,
  summary:
    'Makes a name stand for its module here, until you add another record of it. The record and all that it names are checked first.',
  examples: ['add image.car', 'add did:key:z6Mk…/image --from image.car', 'add image.car --as pictures'],
  options: {
    from: { summary: 'the file that the name comes in: a CAR, a container, or a single record', value: 'FILE' },
    as: { summary: 'what to call it here, where its own name is taken', value: 'NAME' },
  },
  run: async call => {
    const addition = await additionOf(call)
    const { node } = await openOrMakeNode(call)
    try {
      const added = await node.names.add(addition)
      if ('error' in added) throw new Stop(added.error)
      tell(added.ok, call)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

async function additionOf(call: Call): Promise<Addition> {
  const [word] = call.positionals
  if (word === undefined) throw new Stop({ name: 'Usage', message: 'add needs did:…/NAME, or a file of a name record' })
  const wanted = word.startsWith('did:') ? globalName(word) : undefined
  const from = call.value('from')
  if (!wanted && from !== undefined) {
    throw new Stop({ name: 'Usage', message: `"${word}" is no did:…/NAME, and --from has the file already` })
  }
  const path = wanted ? from : word
  const local = call.value('as')
  return {
    ...(wanted && { wanted }),
    ...(local !== undefined && { local }),
    ...(path !== undefined && { brought: await readTokens(path) }),
  }
}

function globalName(word: string): GlobalName {
  const name = parseGlobalName(word)
  if (name) return name
  throw new Stop({ name: 'InvalidName', message: `${word} is no name; write did:key:z6Mk…/image` })
}

function tell({ local, record, witDiffers }: Added, call: Call): void {
  const { cid, mod, seq, licence } = record
  const global = printGlobalName(record)
  if (call.json) print(encodeJson({ type: 'added', local, global, record: cid, mod, seq }))
  else print(`${local}  ${mod}`)
  say(`Added ${global}, number ${seq}${licence === undefined ? '' : `, licence ${licence}`}`)
  if (witDiffers) say('ipvm: note that its record describes other functions than its module has; the module counts')
  if (!call.json) say(`Its functions: ${commandLine(['wit', local], call)}`)
}
