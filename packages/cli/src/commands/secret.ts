import { randomBytes } from 'node:crypto'
import { homeOf, homeSeal, makeIdentity, Secrets } from '@ipvm/node'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { askHidden } from '../load/passphrase.ts'
import { print, say } from '../output.ts'

/** `ipvm secret set|new|list|remove` */
export const secret: Command = {
  usage: 'set NAME | new NAME | list | remove NAME',
  words: 2,
  summary: 'Keeps secrets that workflows may use and nobody can read: sealed on the disk, in receipts and in promises.',
  examples: ['secret set mail-key', 'secret set mail-key < key.txt', 'secret new vault', 'secret remove mail-key'],
  options: { bytes: { summary: 'keep what comes from the standard input as bytes, as it is' } },
  run: async call => {
    const [verb, name] = call.positionals
    const home = homeOf(call.home)
    const secrets = new Secrets(home, homeSeal(home))
    if (verb === 'list' && name === undefined) return list(call, await secrets.list())
    if (verb === 'set' && name !== undefined) return set(call, name, secrets)
    if (verb === 'new' && name !== undefined) return set(call, name, secrets, randomBytes(keyBytes))
    if (verb === 'remove' && name !== undefined) {
      orStop(await secrets.remove(name))
      if (call.json) print(JSON.stringify({ removed: name }))
      else say(`Forgot ${name}`)
      return exit.ok
    }
    throw new Stop({ name: 'Usage', message: 'secret wants: set NAME, new NAME, list, or remove NAME' })
  },
}

/** How many random bytes a new secret has: as many as a key for `/crypto/encrypt`. */
const keyBytes = 32

async function set(call: Call, name: string, secrets: Secrets, made?: Uint8Array): Promise<ExitCode> {
  orStop(await makeIdentity(homeOf(call.home)))
  const value = made ?? (await asked(call, name))
  if (value.length === 0) throw new Stop({ name: 'EmptySecret', message: 'nothing came in; a secret has something' })
  orStop(await secrets.set(name, value))
  const use = made ? '/crypto/encrypt' : '/secret/get'
  if (call.json) print(JSON.stringify({ set: name }))
  else say(`Set ${name}; workflows may use it after: ipvm effects allow ${use} ${name}`)
  return exit.ok
}

function asked(call: Call, name: string): Promise<string | Uint8Array> {
  return process.stdin.isTTY ? askHidden(`the secret "${name}"`) : fromInput(call)
}

/** What comes from the standard input: text without the end of its last line, or bytes as they are. */
async function fromInput(call: Call): Promise<string | Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  const bytes = new Uint8Array(Buffer.concat(chunks))
  if (call.has('bytes')) return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch {
    throw new Stop({ name: 'NotText', message: 'what came in is not UTF-8 text; keep it as bytes with --bytes' })
  }
}

function list({ json }: Call, names: readonly string[]): ExitCode {
  for (const name of names) print(json ? JSON.stringify({ name }) : name)
  if (names.length === 0 && !json) say('There are no secrets yet; set one: ipvm secret set NAME')
  return exit.ok
}
