// Writes the vectors: node vectors/generate.ts. Same keys, same nonces, same bytes in every run.
import { writeFileSync } from 'node:fs'
import { containers } from './make/container.ts'
import { delegations } from './make/delegation.ts'
import { encodings } from './make/encoding.ts'
import { commands, selectors } from './make/language.ts'
import { policies } from './make/policy.ts'
import { obeyed } from './make/obeyed.ts'
import { refused } from './make/refused.ts'

/** Every file with its content, as JSON text. */
export async function vectorFiles(): Promise<ReadonlyMap<string, string>> {
  const files = {
    'cbor.json': encodings(),
    'command.json': commands(),
    'container.json': await containers(),
    'delegation.json': await delegations(),
    'invocation.json': { valid: await obeyed(), invalid: await refused() },
    'policy.json': policies(),
    'selector.json': selectors(),
  }
  return new Map(
    Object.entries(files).map(([file, cases]) => [file, `${JSON.stringify({ version: 1, ...cases }, null, 1)}\n`]),
  )
}

if (import.meta.main) {
  for (const [file, text] of await vectorFiles()) writeFileSync(new URL(file, import.meta.url), text)
}
