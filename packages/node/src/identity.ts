import { error, type Result } from '@ipvm/ipld'
import type { Signer } from '@ipvm/varsig'
import { generatePrivateKey, readKeyFile, writeKeyFile, type KeyFileFailure } from '@ipvm/varsig/keyfile'
import { exists, makeHome, type Home } from './home.ts'

/** The folder holds no node. */
export interface NoNode {
  readonly name: 'NoNode'
  readonly message: string
}

/** Reads a node's key. Failure: `NoNode` where none was made, a {@link KeyFileFailure} where it is lost or damaged. */
export async function readIdentity(home: Home): Promise<Result<Signer, NoNode | KeyFileFailure>> {
  if ((await exists(home.key)) || (await exists(home.store))) return readKeyFile(home.key)
  return error({ name: 'NoNode', message: `there is no node in ${home.folder}; make one with: ipvm init` })
}

/** Reads a node's key, or makes one where there is no node yet. */
export async function makeIdentity(home: Home): Promise<Result<{ signer: Signer; made: boolean }, KeyFileFailure>> {
  await makeHome(home)
  const known = await readIdentity(home)
  if ('ok' in known) return { ok: { signer: known.ok, made: false } }
  if (known.error.name !== 'NoNode') return error(known.error)
  const made = await writeKeyFile(home.key, generatePrivateKey()).then(
    () => true,
    // Another process made the key since it was looked for: that one counts.
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'EEXIST') return false
      throw thrown
    },
  )
  const signer = await readKeyFile(home.key)
  return 'error' in signer ? signer : { ok: { signer: signer.ok, made } }
}
