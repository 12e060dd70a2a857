import { constants, lstat, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Seen } from './folder.ts'

/**
 * The content of a file as it was seen; nothing, where it is another one by now. Whoever may write into the folder could have put
 * a link in its place since, or in that of a folder on the way: what counts is what was opened.
 * @param root the folder, or the file itself
 */
export async function contentOf({ path, name, size }: Seen, root: string): Promise<Uint8Array | undefined> {
  // A pipe without a writer would be waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (!file) return undefined
  try {
    const [real, opened] = [await realpath(root), await file.stat()]
    const found = await lstat(path === root ? real : join(real, name))
    const isSame = found.ino === opened.ino && found.dev === opened.dev
    if (!(opened.isFile() && isSame) || opened.size !== size) return undefined
    if (path !== root && (await realpath(path)) !== join(real, name)) return undefined
    // It may grow while it is read.
    const content = new Uint8Array(size + 1)
    let length = 0
    for (let read = -1; read !== 0 && length <= size; length += read) {
      read = (await file.read(content, length, content.length - length)).bytesRead
    }
    return length === size ? content.subarray(0, size) : undefined
  } catch {
    return undefined
  } finally {
    await file.close()
  }
}
