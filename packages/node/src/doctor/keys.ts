import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from '../home.ts'
import { exists } from '../home.ts'
import { readIdentity } from '../identity.ts'
import { readSealKey } from '../secrets/key-file.ts'
import { findingsOf, type Finding } from './finding.ts'

const { ok, warn, fail } = findingsOf('keys')

/** The keys: whether they can be read, and by nobody else. */
export async function checkKeys(home: Home): Promise<readonly Finding[]> {
  const identity = await readIdentity(home)
  const own =
    'ok' in identity
      ? ok(`${home.key} is ${identity.ok.did}`)
      : identity.error.name === 'NoNode'
        ? warn(identity.error.message, 'ipvm run and ipvm up make one, too')
        : fail(identity.error.message, `restore ${home.key} from a backup: the node is who has this key`)
  const seal = (await exists(home.sealKey)) ? await checkSeal(home.sealKey) : ok('no secrets are sealed yet')
  const files = [home.folder, home.key, home.sealKey, ...(await keysIn(home.keys))]
  const open = await Promise.all(files.map(checkMode))
  return [own, seal, ...open.flat()]
}

async function checkSeal(path: string): Promise<Finding> {
  try {
    await readSealKey(path)
    return ok(`${path} opens what is sealed; back it up with the node's own key`)
  } catch (thrown) {
    return fail(String(thrown instanceof Error ? thrown.message : thrown), `restore ${path} from a backup`)
  }
}

async function keysIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.map(name => join(folder, name))
}

async function checkMode(path: string): Promise<readonly Finding[]> {
  const mode = await stat(path).then(
    stats => stats.mode,
    () => 0,
  )
  if (process.platform === 'win32' || (mode & 0o077) === 0) return []
  return [fail(`others on this machine may open ${path} (mode ${(mode & 0o777).toString(8)})`, `chmod go= ${path}`)]
}
