import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { Home } from '../home.ts'
import { networkStatusBytesMax } from '../limits.ts'
import * as v from 'valibot'

const status = v.object({
  pid: v.number(),
  /** Where others reach the node. */
  addresses: v.array(v.string()),
  /** Who is there, and since when, seconds since 1970. */
  peers: v.array(
    v.object({
      name: v.string(),
      did: v.exactOptional(v.string()),
      addresses: v.array(v.string()),
      since: v.number(),
    }),
  ),
  /** Who went, and when. */
  went: v.record(v.string(), v.number()),
  /** Who is not dealt with for a while, and until when. */
  setAside: v.array(v.object({ name: v.string(), why: v.string(), until: v.number() })),
})

/** What the process that is up says of the network now, for the commands of other processes. */
export type NetworkStatus = v.InferOutput<typeof status>

/** Writes it in place of what was said before. What cannot be written is not said: nothing depends on it. */
export async function writeStatus({ network: path }: Pick<Home, 'network'>, said: NetworkStatus): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await writeFile(draft, JSON.stringify(said), { mode: 0o600 })
    await rename(draft, path)
  } catch {
    await rm(draft, { force: true })
  }
}

/** Says nothing any more. */
export async function removeStatus({ network: path }: Pick<Home, 'network'>): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined)
}

/** What the process that is up says now; undefined where none is. */
export async function readStatus({ network: path }: Pick<Home, 'network'>): Promise<NetworkStatus | undefined> {
  try {
    if ((await stat(path)).size > networkStatusBytesMax) return undefined
    const read = v.safeParse(status, JSON.parse(await readFile(path, 'utf8')))
    return read.success && isAlive(read.output.pid) ? read.output : undefined
  } catch {
    return undefined
  }
}

/** A process that was killed leaves what it said. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
