import { stat, statfs } from 'node:fs/promises'
import { StoreError } from '@ipvm/store'
import { claimantOf, damageOf } from '@ipvm/store/sqlite'
import type { Home } from '../home.ts'
import { exists } from '../home.ts'
import { diskBytesLow } from '../limits.ts'
import { findingsOf, type Finding } from './finding.ts'

const { ok, warn, fail } = findingsOf('store')

/** The store: whether it is sound, has room, and who runs its workflows. */
export async function checkStore({ folder, store }: Home): Promise<readonly Finding[]> {
  if (!(await exists(store))) return [ok(`there is none yet in ${folder}`), ...(await checkDisk(folder))]
  try {
    const damage = damageOf(store)
    if (damage !== undefined) {
      const advice = 'stop the node, keep a copy, and restore a backup, or export what can be read: ipvm export all'
      return [fail(`${store} is damaged: ${damage}`, advice)]
    }
    const { size } = await stat(store)
    return [ok(`${store} is sound, ${megabytes(size)}`), ...checkClaim(store), ...(await checkDisk(folder))]
  } catch (thrown) {
    if (!(thrown instanceof StoreError)) throw thrown
    return [fail(thrown.message, 'close what else has it open, or restore a backup')]
  }
}

function checkClaim(path: string): readonly Finding[] {
  const owner = claimantOf(path)
  if (owner === undefined) return [ok('nobody runs its workflows now; ipvm up does, or whichever command comes first')]
  if (isAlive(Number(owner))) return [ok(`process ${owner} runs its workflows`)]
  return [
    warn(
      `process ${owner} has the claim on it, and is not to be seen here`,
      'where it is on another machine or in another container, end it there: a store is for one machine',
    ),
  ]
}

async function checkDisk(folder: string): Promise<readonly Finding[]> {
  if (!(await exists(folder))) return []
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= diskBytesLow) return [ok(`${megabytes(free)} of its disk are free`)]
  return [warn(`only ${megabytes(free)} of its disk are free`, 'free some: ipvm gc --max-size 1GB, for one')]
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && process.kill(pid, 0)
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function megabytes(bytes: number): string {
  const mega = bytes / 1_000_000
  return mega >= 10_000 ? `${Math.round(mega / 1000)} GB` : `${mega.toFixed(mega < 10 ? 1 : 0)} MB`
}
