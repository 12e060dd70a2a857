import type { Signer } from '@ipvm/varsig'
import { algorithms } from '../load/algorithm.ts'
import { table, type Call, type Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { readInput, readText, writeOutput } from '../load/file.ts'
import { ringOf, unlocked } from '../load/keys.ts'
import { askPassphrase } from '../load/passphrase.ts'
import { print } from '../output.ts'

/** `ipvm key new|list|export|import` */
export const key: Command = {
  usage: 'new NAME | list | export NAME | import NAME FILE',
  words: 3,
  summary: 'Keeps keys beside the node’s own, each in a file that only you can read.',
  examples: [
    'key new alice',
    'key new alice --curve p256 --encrypt',
    'key export alice --output alice.pem',
    'key list',
  ],
  options: {
    curve: { summary: 'ed25519 (where none is given), p256 or secp256k1', value: 'CURVE' },
    encrypt: { summary: 'encrypt it with a passphrase: $IPVM_PASSPHRASE, or asked for' },
    output: { summary: 'write what is exported into a file', value: 'FILE', short: 'o' },
  },
  run: async call => {
    const [verb, name, path] = call.positionals
    if (verb === 'list') return list(call)
    if (verb === 'new' && name !== undefined) return make(call, name)
    if (verb === 'export' && name !== undefined) return exportKey(call, name)
    if (verb === 'import' && name !== undefined && path !== undefined) return importKey(call, name, path)
    throw new Stop({ name: 'Usage', message: 'key wants: new NAME, list, export NAME, or import NAME FILE' })
  },
}

async function list(call: Call): Promise<ExitCode> {
  const keys = await ringOf(call).list()
  if (call.json) for (const entry of keys) print(JSON.stringify(entry))
  else if (keys.length === 0) print('There are no keys yet beside the node’s own; make one: ipvm key new NAME')
  else
    print(
      table(
        keys.map(({ name, did, encrypted }) => [name, `${did ?? 'made elsewhere'}${encrypted ? ' (encrypted)' : ''}`]),
      ),
    )
  return exit.ok
}

async function make(call: Call, name: string): Promise<ExitCode> {
  const curve = call.value('curve') ?? 'ed25519'
  const algorithm = Object.hasOwn(algorithms, curve) ? algorithms[curve] : undefined
  if (!algorithm)
    throw new Stop({ name: 'Usage', message: `"${curve}" is no curve; known: ${Object.keys(algorithms).join(', ')}` })
  const passphrase = call.has('encrypt') ? await askPassphrase(`new passphrase of the key "${name}"`) : undefined
  tell(call, name, orStop(await ringOf(call).new(name, { algorithm, ...(passphrase !== undefined && { passphrase }) })))
  return exit.ok
}

async function exportKey(call: Call, name: string): Promise<ExitCode> {
  const encrypt = call.has('encrypt')
  const pem = orStop(
    await unlocked(name, async passphrase => {
      const newPassphrase = encrypt
        ? (passphrase ?? (await askPassphrase(`passphrase for the export of "${name}"`)))
        : undefined
      return ringOf(call).export(name, {
        ...(passphrase !== undefined && { passphrase }),
        ...(newPassphrase !== undefined && { newPassphrase }),
      })
    }),
  )
  const path = call.value('output')
  if (path === undefined) process.stdout.write(pem)
  else await writeOutput(path, new TextEncoder().encode(pem), 0o600)
  return exit.ok
}

async function importKey(call: Call, name: string, path: string): Promise<ExitCode> {
  const pem = readText(await readInput(path), path)
  tell(call, name, orStop(await unlocked(name, passphrase => ringOf(call).import(name, pem, passphrase))))
  return exit.ok
}

function tell({ json }: Call, name: string, { did }: Signer): void {
  print(json ? JSON.stringify({ name, did }) : did)
}
