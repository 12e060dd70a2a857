import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import type { Signer } from '@ipvm/varsig'
import { generatePrivateKey, readKeyFile, writeKeyFile, type KeyFileFailure } from '@ipvm/varsig/keyfile'
import { exists, makeHome, unusableHome, type Home, type UnusableHome } from './home.ts'

/** The folder holds no node. */
export interface NoNode extends Failure {
  readonly name: 'NoNode'
}

/** Reads a node's key. Failure: `NoNode` where none was made, a {@link KeyFileFailure} where it is lost or damaged. */
export async function readIdentity(home: Home): Promise<Result<Signer, NoNode | KeyFileFailure>> {
  if ((await exists(home.key)) || (await exists(home.store))) return readKeyFile(home.key)
  return error({ name: 'NoNode', message: `there is no node in ${home.folder}; make one with: ipvm init` })
}

/** Reads a node's key, or makes one where there is no node yet. */
export async function makeIdentity(
  home: Home,
): Promise<Result<{ signer: Signer; made: boolean }, KeyFileFailure | UnusableHome>> {
  const folder = await makeHome(home)
  if ('error' in folder) return folder
  const known = await readIdentity(home)
  if ('ok' in known) return ok({ signer: known.ok, made: false })
  if (known.error.name !== 'NoNode') return error(known.error)
  const made = await makeKey(home)
  if ('error' in made) return made
  const signer = await readKeyFile(home.key)
  return 'error' in signer ? signer : ok({ signer: signer.ok, made: made.ok })
}

/** Whether this process made the key; where another was first, that one's counts. */
async function makeKey({ folder, key }: Home): Promise<Result<boolean, UnusableHome>> {
  try {
    await writeKeyFile(key, generatePrivateKey())
    return ok(true)
  } catch (thrown) {
    const isTaken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST'
    return isTaken ? ok(false) : error(unusableHome(folder, thrown))
  }
}
