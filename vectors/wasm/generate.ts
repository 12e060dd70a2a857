// Assembles our own scripts and the host module that scripts import: npm run build:guests, then npm run vectors:wasm.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { findAssembler, type Assemble } from './text/assembler.ts'
import { readScript } from './text/read-script.ts'

const own = new URL('own/', import.meta.url)

/** What is built of our own texts: the file's name and its content. */
export async function ownFiles(assemble: Assemble): Promise<readonly (readonly [file: string, content: Uint8Array])[]> {
  const read = (file: string): string => readFileSync(new URL(file, own), 'utf8')
  const scripts = globSync('*.wast', { cwd: own }).sort()
  const written = await Promise.all(
    scripts.map(async file => {
      const script = await readScript(file, read(file), assemble)
      const commands = script.commands.map(command => JSON.stringify(command)).join(',\n')
      const text = `{"source":${JSON.stringify(script.source)},"commands":[\n${commands}\n]}\n`
      return [file.replace('.wast', '.json'), new TextEncoder().encode(text)] as const
    }),
  )
  return [['spectest.wasm', await assemble(read('spectest.wat'))], ...written]
}

if (import.meta.main) {
  const assemble = await findAssembler()
  if (!assemble) throw new Error('the assembler is not installed: npm install --prefix guests')
  for (const [file, content] of await ownFiles(assemble)) writeFileSync(new URL(file, own), content)
}
