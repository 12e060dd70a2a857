import { encodeJson } from '@ipvm/ipld'
import { parseGlobalName, printGlobalName, type Added, type Addition, type GlobalName } from '@ipvm/node'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { filesOf, writeFiles, type Files } from '../load/name-files.ts'
import { readTokens } from '../load/tokens.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm add did:…/NAME | FILE` */
export const add: Command = {
  usage: 'DID/NAME | FILE',
  words: 1,
  summary:
    'Makes a name stand for its module on this node, and writes NAME.wasm and its types, NAME.wasm.ts, for workflows in TypeScript. All is checked first.',
  examples: ['add image.car', 'add did:key:z6Mk…/image --from image.car', 'add image.car --as pictures'],
  options: {
    from: { summary: 'the file that the name comes in: a CAR, a container, or a single record', value: 'FILE' },
    out: { summary: 'the folder for its files; this one, where not given', value: 'DIR', short: 'o' },
    'pin-only': { summary: 'write no files' },
    as: { summary: 'what to call it here, where its own name is taken', value: 'NAME' },
  },
  run: async call => {
    const addition = await additionOf(call)
    const { node } = await openOrMakeNode(call)
    try {
      const checked = orStop(await node.names.check(addition))
      // What is in the way in the folder is found before anything is stored.
      const files = call.has('pin-only') ? undefined : await filesOf(checked, call.value('out') ?? '.')
      const added = await node.names.pin(checked)
      if (files) await writeFiles(files)
      tell(added, files, call)
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

function tell({ local, record, witDiffers }: Added, files: Files | undefined, call: Call): void {
  const { cid, mod, seq, licence } = record
  const global = printGlobalName(record)
  const written = files ? [files.module.path, files.bindings.path] : []
  if (call.json) print(encodeJson({ type: 'added', local, global, record: cid, mod, seq, files: written }))
  else print(`${local}  ${mod}`)
  if (!call.json && files) say(`Wrote ${files.module.path} and its types, ${files.bindings.path}`)
  say(`Added ${global}, number ${seq}${licence === undefined ? '' : `, licence ${licence}`}`)
  if (witDiffers) say('ipvm: note that its record describes other functions than its module has; the module counts')
  if (!call.json) say(`Its functions: ${commandLine(['wit', local], call)}`)
}
