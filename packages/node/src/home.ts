import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The files of a node. */
export interface Home {
  readonly folder: string
  readonly key: string
  readonly store: string
}

/** Where a node lives: the folder given, else `$IPVM_HOME`, else `.ipvm` in the user's home folder. */
export function homeOf(folder?: string): Home {
  const chosen = folder ?? process.env.IPVM_HOME ?? join(homedir(), '.ipvm')
  return { folder: chosen, key: join(chosen, 'key.pem'), store: join(chosen, 'store.db') }
}

/** Makes the folder, for its owner's eyes alone. */
export async function makeHome({ folder }: Home): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** Whether a file is there. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
