import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Peers } from './jco.ts'

/** The bytes of a file, by its path in the repository. */
export function read(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)))
}

/** guest.js as a component; built once for its source and its builder, which takes half a minute for SpiderMonkey. */
export async function javascriptGuest(
  peers: Peers,
  engine: 'quickjs' | 'spidermonkey',
): Promise<Uint8Array<ArrayBuffer>> {
  const hash = createHash('sha256')
  for (const input of ['guest.js', 'guest.wit', 'package-lock.json']) hash.update(read(`bench/wasm/${input}`))
  const folder = new URL('.cache/', import.meta.url)
  const file = new URL(`${engine}-${hash.digest('hex').slice(0, 16)}.wasm`, folder)
  if (!existsSync(file)) {
    process.stderr.write(`building the ${engine} guest (once)\n`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, await peers.build(engine))
  }
  return new Uint8Array(readFileSync(file))
}
