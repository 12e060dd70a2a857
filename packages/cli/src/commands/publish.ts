import { encodeJson, parseCid, type CID } from '@ipvm/ipld'
import { printGlobalName, type IpvmNode, type Publication } from '@ipvm/node'
import type { NameRecord } from '@ipvm/ucan'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { readInput, writeOutput } from '../load/file.ts'
import { signerOf } from '../load/keys.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm publish FILE.wasm --name NAME` */
export const publish: Command = {
  usage: 'FILE.wasm --name NAME',
  words: 1,
  summary:
    'Gives a Wasm file a name of yours, in a record that is signed and numbered. Nothing is sent: --out writes it to a file for others.',
  examples: [
    'publish image.wasm --name image --out image.car',
    'publish image.wasm --name image --source image.ts --licence MIT',
  ],
  options: {
    name: { summary: 'the name: a-z, 0-9 and single dashes', value: 'NAME' },
    out: {
      summary: 'write the record, the module and the source to a file (CAR) that others add',
      value: 'FILE',
      short: 'o',
    },
    source: { summary: 'what it was made from: a file, or the CID of one', value: 'FILE|CID' },
    licence: { summary: 'under which licence it may be used (SPDX)', value: 'EXPRESSION' },
    seq: { summary: 'the number of the record, where it is not to be the next one', value: 'NUMBER' },
    key: { summary: 'sign with this key of yours instead of the node’s', value: 'NAME' },
  },
  run: async call => {
    const [path] = call.positionals
    const name = call.value('name')
    if (path === undefined || name === undefined) {
      throw new Stop({ name: 'Usage', message: 'publish needs a Wasm file and --name NAME; see ipvm publish --help' })
    }
    const bytes = await readInput(path)
    const { node } = await openOrMakeNode(call)
    try {
      const published = await node.names.publish(bytes, await publication(node, name, call), await signerOf(call))
      if ('error' in published) throw new Stop({ ...published.error, message: `${path}: ${published.error.message}` })
      const { record, isNew } = published.ok
      tell(record, isNew, call)
      const out = call.value('out')
      if (out !== undefined) await writeCarFile(node, record, out)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

async function publication(node: IpvmNode, name: string, call: Call): Promise<Publication> {
  const number = call.value('seq')
  if (number !== undefined && !/^\d{1,15}$/.test(number)) {
    throw new Stop({ name: 'Usage', message: `--seq ${number} is no number; they are whole, from 1` })
  }
  const [source, licence, seq] = [call.value('source'), call.value('licence'), call.value('seq')]
  return {
    name,
    ...(source !== undefined && { source: await sourceOf(node, source) }),
    ...(licence !== undefined && { licence }),
    ...(seq !== undefined && { seq: Number(seq) }),
  }
}

async function sourceOf(node: IpvmNode, word: string): Promise<CID> {
  const cid = parseCid(word)
  return 'ok' in cid ? cid.ok : node.put(await readInput(word))
}

function tell(record: NameRecord, isNew: boolean, call: Call): void {
  const global = printGlobalName(record)
  if (call.json) {
    const { cid, bytes: _, ...fields } = record
    print(encodeJson({ type: 'published', global, record: cid, isNew, ...fields }))
    return
  }
  print(global)
  const what = `number ${record.seq}, module ${record.mod}, record ${record.cid}`
  say(isNew ? `Published: ${what}` : `Published before, and the same: ${what}`)
  say(`To call it by its name: ${commandLine(['add', global], call)}`)
}

async function writeCarFile(node: IpvmNode, record: NameRecord, path: string): Promise<void> {
  const { car, left } = orStop(await node.names.car(record))
  await writeOutput(path, car)
  for (const cid of left) say(`ipvm: ${cid} is not stored here and not in ${path}; those who want it have to find it`)
}
