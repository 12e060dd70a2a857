import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileBlocks } from '@ipvm/ipld'
import type { Added } from '@ipvm/node'
import { bindingsOf, refuseOther } from '../commands/types.ts'
import { Stop } from '../exit.ts'
import { writeOutput } from './file.ts'

interface OutputFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** What is written of a name: its module, and the typed bindings that lie beside it. */
export interface Files {
  readonly module: OutputFile
  readonly bindings: OutputFile
}

/** The files of a name in a folder. Ends the command where another file is in their place. */
export async function filesOf({ local, module, before }: Added, folder: string): Promise<Files> {
  const path = join(folder, `${local}.wasm`)
  const there = await readFile(path).catch(() => undefined)
  const isOwn = there === undefined || there.equals(module) || before?.equals(fileBlocks(there).root) === true
  if (!isOwn) {
    const message = `${path} is there, and is not what "${local}" stood for; move it away, or choose another folder with --out DIR, or --pin-only`
    throw new Stop({ name: 'FileExists', message })
  }
  const bindings = `${path}.ts`
  await refuseOther(bindings)
  const text = bindingsOf(module, path, bindings)
  return { module: { path, bytes: module }, bindings: { path: bindings, bytes: new TextEncoder().encode(text) } }
}

/** Writes the module first: bindings without it would be of nothing. */
export async function writeFiles({ module, bindings }: Files): Promise<void> {
  for (const { path, bytes } of [module, bindings]) await writeOutput(path, bytes)
}
