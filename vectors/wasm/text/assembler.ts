import { Buffer } from 'node:buffer'
import { existsSync } from 'node:fs'

/** The binary of a module in the text format; throws where it cannot be read. Nothing is validated. */
export type Assemble = (text: string) => Promise<Uint8Array>

const toolsUrl = new URL(
  '../../../guests/node_modules/@bytecodealliance/jco-transpile/dist/wasm-tools.js',
  import.meta.url,
)

/** The assembler that the guests are built with; undefined where it is not installed. */
export async function findAssembler(): Promise<Assemble | undefined> {
  if (!existsSync(toolsUrl)) return undefined
  const { parse } = (await import(toolsUrl.href)) as { parse: (text: string) => Promise<Uint8Array> }
  return async text => new Uint8Array(Buffer.from(await parse(text)))
}
