import { randomBytes, randomUUID } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { sealKeyBytes } from '@ipvm/runtime'

/**
 * The key that a node seals its secrets with, in a file for its owner's eyes alone beside the node's own; made where there is
 * none yet. No export has it. Without it, what was sealed is lost, and has to be set or computed anew.
 */
export async function readSealKey(path: string): Promise<Uint8Array> {
  const known = await readKey(path)
  if (known) return known
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(randomBytes(sealKeyBytes).toString('hex'))
      await file.sync()
    } finally {
      await file.close()
    }
    // Where another process was first, its key counts.
    await link(draft, path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown
    })
  } finally {
    await rm(draft, { force: true })
  }
  return (await readKey(path)) ?? readSealKey(path)
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined
    throw thrown
  })
  if (text === undefined) return undefined
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length === sealKeyBytes) return key
  throw new Error(`${path} is damaged: it has to hold ${sealKeyBytes * 2} hexadecimal digits; restore it from a backup`)
}
