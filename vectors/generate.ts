// Writes the vectors: node vectors/generate.ts. Same keys, same nonces, same bytes in every run.
import { writeFileSync } from 'node:fs'
import { containers } from './make/containers.ts'
import { encodings } from './make/encoding.ts'
import { commands, selectors } from './make/language.ts'
import { policies } from './make/policy.ts'
import { delegations, invocations } from './make/tokens.ts'

/** Every file with its content, as JSON text. */
export async function vectorFiles(): Promise<ReadonlyMap<string, string>> {
  const files = {
    'cbor.json': encodings(),
    'command.json': commands(),
    'container.json': await containers(),
    'delegation.json': await delegations(),
    'invocation.json': await invocations(),
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
