import { mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { error, ok, type Failure, type Result, type Unit } from '@ipvm/ipld'

/** The files of a node. */
export interface Home {
  readonly folder: string
  readonly key: string
  readonly store: string
  /** What its owner sets: which effects are on, and for what. */
  readonly config: string
  /** What it seals secrets with, and the secrets that its owner has set. */
  readonly sealKey: string
  readonly secrets: string
  /** Keys that its owner has beside the node's own. */
  readonly keys: string
  /** Other nodes, and what they and this one let each other do. */
  readonly peers: string
  /** What the process that is up says of the network now. */
  readonly network: string
  /** What can be made again: rewritten components. */
  readonly cache: string
}

/** A node cannot live in the folder. */
export interface UnusableHome extends Failure {
  readonly name: 'UnusableHome'
}

/** Where a node lives: the folder given, else `$IPVM_HOME`, else `.ipvm` in the user's home folder. */
export function homeOf(folder?: string): Home {
  const chosen = folder || process.env.IPVM_HOME || join(homedir(), '.ipvm')
  return {
    folder: chosen,
    key: join(chosen, 'key.pem'),
    store: join(chosen, 'store.db'),
    config: join(chosen, 'config.json'),
    sealKey: join(chosen, 'seal.key'),
    secrets: join(chosen, 'secrets'),
    keys: join(chosen, 'keys'),
    peers: join(chosen, 'peers.json'),
    network: join(chosen, 'network.json'),
    cache: join(chosen, 'cache'),
  }
}

/** Makes the folder, for its owner's eyes alone. */
export async function makeHome({ folder }: Home): Promise<Result<Unit, UnusableHome>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return ok({})
  } catch (thrown) {
    return error(unusableHome(folder, thrown))
  }
}

/** What keeps a node from living in the folder. */
export function unusableHome(folder: string, thrown: unknown): UnusableHome {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
  const why: Readonly<Record<string, string>> = {
    EEXIST: 'it is a file',
    ENOTDIR: 'a part of the path is a file',
    EACCES: 'you may not write there',
    EROFS: 'it is on a disk that is only read',
    ENOSPC: 'the disk is full',
  }
  const message = `a node cannot live in ${folder}: ${why[code] ?? code}; choose another folder with --home DIR`
  return { name: 'UnusableHome', message }
}

/** Whether a file is there. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
