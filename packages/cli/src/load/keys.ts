import type { Result } from '@ipvm/ipld'
import { homeOf, readIdentity } from '@ipvm/node'
import type { Signer } from '@ipvm/varsig'
import { KeyRing, type KeyFileFailure } from '@ipvm/varsig/keyfile'
import type { Call } from '../command.ts'
import { orStop } from '../exit.ts'
import { askPassphrase } from './passphrase.ts'

/** The keys that a user has beside the node's own. */
export function ringOf({ home }: Call): KeyRing {
  return new KeyRing(homeOf(home).keys)
}

/** Who signs: the key named by `--key`, else the node. An encrypted key asks for its passphrase. */
export async function signerOf(call: Call): Promise<Signer> {
  const name = call.value('key')
  if (name === undefined) return orStop(await readIdentity(homeOf(call.home)))
  return orStop(await unlocked(name, passphrase => ringOf(call).signer(name, passphrase)))
}

/** Does something with a key; where that needs its passphrase, asks for it and does it again. */
export async function unlocked<T, E extends KeyFileFailure | { name: string; message: string }>(
  name: string,
  use: (passphrase?: string) => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  const first = await use()
  if ('ok' in first || first.error.name !== 'PassphraseNeeded') return first
  return use(await askPassphrase(`passphrase of the key "${name}"`))
}
