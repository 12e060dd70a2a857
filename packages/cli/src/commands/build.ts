import { build as buildFile } from '@ipvm/author/build'
import { fileBlocks } from '@ipvm/ipld'
import type { Command } from '../command.ts'
import { size } from '../display/display.ts'
import { exit, Stop } from '../exit.ts'
import { buildOptions, buildOptionsOf, builtOrStop, wasmPathOf, writeBuild } from '../load/author.ts'
import { writeOutput } from '../load/file.ts'
import { print, say } from '../output.ts'

/** `ipvm build FILE.ts` */
export const build: Command = {
  usage: 'FILE.ts',
  words: 1,
  summary: 'Makes a Wasm component of the functions that a TypeScript file exports; their types become its WIT.',
  examples: ['build greet.ts', 'build greet.ts -o out/greet.wasm --wit', 'build greet.ts --engine spidermonkey'],
  options: {
    out: { summary: 'where to write the component (FILE.wasm where nothing is said)', value: 'FILE', short: 'o' },
    wit: { summary: 'write the WIT beside it, with the comments of the source' },
    ...buildOptions,
  },
  run: async call => {
    const [path] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'build needs a TypeScript file; see --help' })
    const out = call.value('out') ?? wasmPathOf(path)
    const made = builtOrStop(await buildFile(path, buildOptionsOf(call)))
    await writeBuild(out, made)
    if (call.has('wit')) await writeOutput(out.replace(/(\.wasm)?$/, '.wit'), new TextEncoder().encode(made.wit))
    for (const note of made.notes) say(`ipvm: ${note}`)
    const cid = fileBlocks(made.component).root.toString()
    if (call.json)
      print(JSON.stringify({ path: out, cid, bytes: made.component.length, wit: made.wit, notes: made.notes }))
    else print(`${cid}  ${out}, ${size(made.component.length)}`)
    return exit.ok
  },
}
