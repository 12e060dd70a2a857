import { encodeJson } from '@ipvm/ipld'
import { moduleWorld, printWorld, worldValue } from '@ipvm/wit'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { readInput } from '../load/file.ts'
import { isModuleWord, moduleOf } from '../load/module.ts'
import { openNode } from '../open.ts'
import { print } from '../output.ts'

/** `ipvm wit FILE.wasm` */
export const wit: Command = {
  usage: 'FILE.wasm | NAME | CID',
  words: 1,
  summary: 'Prints the WIT of a Wasm module: the functions that it has, with their types, and what it imports.',
  examples: ['wit add.wasm', 'wit bafkrei…', 'wit add.wasm --json'],
  options: {},
  run: async call => {
    const [name] = call.positionals
    if (name === undefined) throw new Stop({ name: 'Usage', message: 'wit needs a Wasm file, or the CID of one' })
    const world = moduleWorld(await bytesOf(name, call))
    if ('error' in world) throw new Stop({ ...world.error, message: `${name}: ${world.error.message}` })
    if (call.json) print(encodeJson(orStop(worldValue(world.ok)), 2))
    else print(orStop(printWorld(world.ok)).trimEnd())
    return exit.ok
  },
}

/** A CID or a name is of a stored file; anything else is a path. */
async function bytesOf(name: string, call: Call): Promise<Uint8Array> {
  if (name.endsWith('.wasm') || !isModuleWord(name)) return readInput(name)
  const node = await openNode(call)
  try {
    return orStop(await node.file(await moduleOf(node, name)))
  } finally {
    await node.close()
  }
}
