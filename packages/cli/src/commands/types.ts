import { basename, dirname, relative, resolve, sep } from 'node:path'
import { readFile } from 'node:fs/promises'
import { madeBy, moduleBindings } from '@ipvm/author'
import type { Command } from '../command.ts'
import { exit, Stop } from '../exit.ts'
import { readInput, writeOutput } from '../load/file.ts'
import { print } from '../output.ts'

/** `ipvm types FILE.wasm` */
export const types: Command = {
  usage: 'FILE.wasm',
  words: 1,
  summary: 'Writes typed TypeScript bindings of a Wasm module, for workflows in TypeScript: FILE.wasm.ts beside it.',
  examples: ['types image.wasm', 'types image.wasm --output src/image.ts', 'types image.wasm --output -'],
  options: {
    output: {
      summary: 'where to write them: a .ts, a .d.ts (declarations alone), or - for the standard output',
      value: 'FILE',
      short: 'o',
    },
  },
  run: async call => {
    const [path] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'types needs a Wasm file; see ipvm types --help' })
    const output = call.value('output') ?? `${path}.ts`
    if (output !== '-' && !/\.[mc]?ts$/.test(output)) {
      throw new Stop({ name: 'Usage', message: `${output} is no TypeScript file; name it .ts or .d.ts` })
    }
    const text = bindingsOf(await readInput(path), path, output)
    if (output === '-') {
      process.stdout.write(text)
      return exit.ok
    }
    await refuseOther(output)
    await writeOutput(output, new TextEncoder().encode(text))
    print(call.json ? JSON.stringify({ type: 'bindings', path: output }) : output)
    return exit.ok
  },
}

/** The bindings of a module that is, or is to be, in the file `path`. */
export function bindingsOf(module: Uint8Array, path: string, output: string): string {
  const beside = output === '-' ? `${path}.ts` : output
  const made = moduleBindings(module, {
    file: basename(path),
    url: urlFrom(beside, path),
    as: /\.d\.[mc]?ts$/.test(output) ? 'declarations' : 'module',
  })
  if ('error' in made) throw new Stop({ ...made.error, message: `${path}: ${made.error.message}` })
  return made.ok
}

/** A relative URL, with which the bindings find the module wherever the folder is. */
function urlFrom(from: string, to: string): string {
  const path = relative(dirname(resolve(from)), resolve(to))
    .split(sep)
    .map(encodeURIComponent)
    .join('/')
  return path.startsWith('.') ? path : `./${path}`
}

/** What was written by hand stays. */
export async function refuseOther(path: string): Promise<void> {
  const there = await readFile(path, 'utf8').catch(() => madeBy)
  if (there.startsWith(madeBy)) return
  const message = `${path} is there, and was not made by ipvm types; move it away, or write elsewhere with --output`
  throw new Stop({ name: 'FileExists', message })
}
