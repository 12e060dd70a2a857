import { parseCid, type CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { isName } from '@ipvm/ucan/name'
import { Stop } from '../exit.ts'
import { readInput } from './file.ts'
import { putSourceMap } from './source-map.ts'

/** Whether a word of the command line stands for a Wasm module: a file of one, a CID, or a name. */
export function isModuleWord(word: string): boolean {
  return isModuleFile(word) || isNameWord(word) || 'ok' in parseCid(word)
}

/** The module that a word stands for; a file of it is stored first. */
export async function moduleOf(node: IpvmNode, word: string): Promise<CID> {
  if (isModuleFile(word)) {
    const mod = await node.put(await readInput(word))
    await putSourceMap(node, mod, `${word}.map`)
    return mod
  }
  // A name may look like a CID; that it is one counts.
  const cid = parseCid(word)
  if ('ok' in cid) return cid.ok
  const named = await node.names.find(word)
  if ('ok' in named) return named.ok.mod
  if (word.includes('/')) throw new Stop(named.error)
  const message = `${word} is no file with .json, .ts, .js or .wasm, and no name that was added; see ipvm names`
  throw new Stop({ name: 'UnknownName', message })
}

function isModuleFile(word: string): boolean {
  return word.endsWith('.wasm')
}

function isNameWord(word: string): boolean {
  return word.startsWith('did:') || isName(word)
}
