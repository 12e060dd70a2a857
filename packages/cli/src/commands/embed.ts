import { basename } from 'node:path'
import { embedWorld } from '@ipvm/author'
import type { Command } from '../command.ts'
import { exit, Stop } from '../exit.ts'
import { readInput, readText, writeOutput } from '../load/file.ts'
import { print } from '../output.ts'

/** `ipvm embed FILE.wasm FILE.wit` */
export const embed: Command = {
  usage: 'FILE.wasm FILE.wit',
  words: 2,
  summary: 'Writes the types of a WIT file, with their comments, into the core module that a compiler made.',
  examples: ['embed hello.wasm hello.wit', 'embed core.wasm hello.wit --output hello.wasm'],
  options: { output: { summary: 'write it there, and leave the module as it is', value: 'FILE', short: 'o' } },
  run: async call => {
    const [path, witPath] = call.positionals
    if (path === undefined || witPath === undefined) {
      throw new Stop({ name: 'Usage', message: 'embed needs a Wasm file and a WIT file; see ipvm embed --help' })
    }
    const wit = readText(await readInput(witPath), witPath)
    const made = embedWorld(await readInput(path), wit, witPath)
    if ('error' in made) {
      const at = made.error.name === 'MalformedComponent' ? `${basename(path)}: ` : ''
      throw new Stop({ ...made.error, message: `${at}${made.error.message}` })
    }
    const output = call.value('output') ?? path
    await writeOutput(output, made.ok)
    print(call.json ? JSON.stringify({ type: 'module', path: output }) : output)
    return exit.ok
  },
}
