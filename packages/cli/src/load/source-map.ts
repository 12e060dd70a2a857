import { readFile, stat } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import type { CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { callOfReceipt } from '../view/call.ts'

/** The largest source map that is kept, bytes. */
const sourceMapBytesMax = 32 * 1024 * 1024

/** Keeps the source map that lies beside a module, if one does: what fails is then told by the lines of its source. */
export async function putSourceMap(node: IpvmNode, mod: CID, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile() || found.size > sourceMapBytesMax) return
  const bytes = await readFile(path).catch(() => undefined)
  if (bytes) await node.store.commit({ sourceMaps: [{ mod, map: await node.put(bytes) }] })
}

/** A place in a script, as JavaScript engines write it into their stacks: `user.js:168:25`. */
const scriptPlace = /[\w.:/@-]*\.m?js:(\d+):(\d+)/g

/**
 * What the guest of a receipt wrote, with places of its bundle replaced by those of its source, where there is a map of it. Places that
 * the map does not know, and those of what `ipvm build` adds, stay as they are.
 */
export async function withSourcePlaces(node: IpvmNode, receipt: CID, log: string): Promise<string> {
  if (log.search(scriptPlace) < 0) return log
  const call = await callOfReceipt(node, receipt)
  const map = call && (await sourceMapOf(node, call.mod))
  if (!map) return log
  return log.replace(scriptPlace, (place, line, column) => sourcePlace(map, Number(line), Number(column)) ?? place)
}

async function sourceMapOf(node: IpvmNode, mod: CID): Promise<SourceMap | undefined> {
  const cid = await node.store.sourceMap(mod)
  const bytes = cid && (await node.file(cid))
  if (!bytes || 'error' in bytes) return undefined
  try {
    return new SourceMap(JSON.parse(new TextDecoder().decode(bytes.ok)))
  } catch {
    // Whatever the file beside the module is, the log is told all the same.
    return undefined
  }
}

function sourcePlace(map: SourceMap, line: number, column: number): string | undefined {
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalSource' in entry) || typeof entry.originalSource !== 'string') return undefined
  if (entry.generatedLine !== line - 1 || entry.originalSource.startsWith('ipvm:')) return undefined
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}
