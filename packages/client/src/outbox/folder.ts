import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { OutboxStore } from './store.ts'

const ending = '.request'

/** An outbox in a folder, one file for each request: written aside and flushed, then put in its place. */
export function folderOutbox(folder: string): OutboxStore {
  const pathOf = (id: string) => {
    if (!/^\w+$/.test(id)) throw new RangeError(`"${id}" is no name of a request`)
    return join(folder, `${id}${ending}`)
  }
  return {
    put: async (id, entry) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const path = pathOf(id)
      await writeDurably(`${path}.part`, entry)
      await rename(`${path}.part`, path)
      await flush(folder)
    },
    delete: id => rm(pathOf(id), { force: true }),
    entries: async () => {
      const names = await readdir(folder).catch(nothingThere)
      const whole = names.filter(name => name.endsWith(ending))
      return Promise.all(
        whole.map(async name => [name.slice(0, -ending.length), await readFile(join(folder, name))] as const),
      )
    },
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What is in a folder is there for good when the folder is; not every system can say so. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

function nothingThere(thrown: unknown): readonly string[] {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
  throw thrown
}
