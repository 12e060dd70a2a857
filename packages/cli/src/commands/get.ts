import { codec, encodeJson, parseCid, type CID, type Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { readReceipt } from '@ipvm/ucan'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { revealed, revealedFile } from '../load/reveal.ts'
import { openNode } from '../open.ts'

/** `ipvm get CID` */
export const get: Command = {
  usage: 'CID',
  words: 1,
  summary: 'Writes the content of a stored file, or the result of a receipt, to the standard output, or to a file.',
  examples: ['get bafkrei… > photo.png', 'get bafkrei… --output photo.png'],
  options: {
    output: { summary: 'where to write it', value: 'FILE', short: 'o' },
    reveal: { summary: 'open what comes of a secret, on the machine that sealed it' },
  },
  run: async call => {
    const [text] = call.positionals
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'get needs a CID; see ipvm get --help' })
    const cid = orStop(parseCid(text))
    const node = await openNode(call)
    try {
      const bytes = call.has('reveal') ? await revealedBytes(node, cid) : orStop(await node.file(cid))
      const path = call.value('output')
      if (path === undefined) process.stdout.write(bytes)
      else await writeOutput(path, bytes, call.has('reveal') ? 0o600 : undefined)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** What was sealed, of a receipt or of a file: bytes and text as they are, any other value as JSON. */
async function revealedBytes(node: IpvmNode, cid: CID): Promise<Uint8Array> {
  const value =
    cid.code === codec.dagCbor ? await resultOf(node, cid) : await revealedFile(node, orStop(await node.file(cid)))
  if (value instanceof Uint8Array) return value
  return new TextEncoder().encode(typeof value === 'string' ? value : encodeJson(value, 2))
}

async function resultOf(node: IpvmNode, cid: CID): Promise<Value> {
  const receipt = orStop(await readReceipt(orStop(await node.block(cid))))
  const out = await revealed(node, receipt.out)
  return 'ok' in out ? out.ok : out.error
}
