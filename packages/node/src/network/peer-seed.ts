import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { error, ok, type Result } from '@ipvm/ipld'
import { unusableHome, type Home, type UnusableHome } from '../home.ts'

const seedBytes = 32

/**
 * What the peer id of libp2p comes from: 32 bytes in a file of the home that only its owner reads, made when it is first
 * asked for. It says who is at the other end of a connection and nothing else: who a node is, is said by its DID, so a
 * seed that is lost costs an address. Failure: `UnusableHome`.
 */
export async function peerSeed({ folder }: Pick<Home, 'folder'>): Promise<Result<Uint8Array, UnusableHome>> {
  const path = join(folder, 'libp2p.seed')
  try {
    return await readSeed(path)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'))
      return error(unusableHome(folder, thrown))
  }
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  try {
    await writeFile(draft, randomBytes(seedBytes), { mode: 0o600 })
    // Whoever is first has made it; a file that is there is not written over.
    await link(draft, path).catch(() => undefined)
    return await readSeed(path)
  } catch (thrown) {
    return error(unusableHome(folder, thrown))
  } finally {
    await rm(draft, { force: true })
  }
}

async function readSeed(path: string): Promise<Result<Uint8Array, UnusableHome>> {
  const bytes = await readFile(path)
  if (bytes.length === seedBytes) return ok(new Uint8Array(bytes))
  const message = `${path} has ${bytes.length} bytes, not ${seedBytes}; delete it, and the node takes a new peer id`
  return error({ name: 'UnusableHome', message })
}
