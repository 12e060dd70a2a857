import type { EffectOutcome } from '@ipvm/runtime'
import * as v from 'valibot'
import { bytesOf, data } from '../data.ts'
import { builtIn, type BuiltIn } from '../maker.ts'
import type { FileRefused } from './folder.ts'
import { fileBytesMax, pathLengthMax } from '../limits.ts'
import { readInside } from './read.ts'
import { writeInside } from './write.ts'

const path = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(pathLengthMax),
  v.description('the whole path, as the system writes it; no part of it is a link'),
)

const folder = v.pipe(v.string(), v.regex(/^\//, 'a folder is a whole path, such as "/srv/data"'))
const settings = v.strictObject({ folders: v.pipe(v.array(folder), v.description('in and below which files may be')) })
const list = { name: 'folders', example: '/srv/data', isFolders: true }

const read = builtIn({
  cmd: '/file/read',
  class: 'query',
  about: {
    summary: 'Reads a file in or below a folder that the owner of this node has declared.',
    result: 'the bytes, or the text',
    example: {
      args: { path: '/srv/data/greeting.txt', as: 'text' },
      policy: [['like', '.path', '/srv/data/*']],
      refused: { path: '/etc/passwd' },
    },
  },
  args: v.strictObject({
    path,
    as: v.optional(v.pipe(v.picklist(['bytes', 'text']), v.description('what it gives; text is UTF-8')), 'bytes'),
  }),
  settings,
  list,
  make: ({ folders }) => ({
    run: async (args, { signal }) => {
      const content = await readInside(args.path, folders, signal)
      if ('error' in content) return refusal(content.error)
      if (args.as === 'bytes') return { ok: content.ok }
      const text = textOf(content.ok)
      if (text !== undefined) return { ok: text }
      const message = `${args.path} is not UTF-8 text; read it as bytes`
      return { error: { name: 'NotText', message }, verdict: 'final' }
    },
  }),
})

const write = builtIn({
  cmd: '/file/write',
  class: 'mutation',
  idempotent: true,
  about: {
    summary:
      'Writes a file in or below a folder that the owner of this node has declared: whole or not at all, in place of what was there.',
    result: '`{bytes}`, how many were written',
    example: {
      args: { path: '/srv/data/greeting.txt', content: 'Good morning' },
      policy: [['like', '.path', '/srv/data/*']],
      refused: { path: '/srv/database', content: '' },
    },
  },
  args: v.strictObject({
    path,
    content: v.pipe(data, v.description('text, which is written as UTF-8; bytes; or a link to a stored file')),
  }),
  settings,
  list,
  make: ({ folders }) => ({
    run: async (args, context) => {
      const bytes = await bytesOf(args.content, fileBytesMax, context)
      if ('error' in bytes) return bytes
      const written = await writeInside(args.path, bytes.ok, folders, context.key)
      return 'error' in written ? refusal(written.error) : { ok: { bytes: written.ok } }
    },
  }),
})

/** Files in folders that the node's owner has declared. */
export const file: readonly BuiltIn[] = [read, write]

/** Nothing was done; where the disk is the reason, it may be otherwise the next time. */
function refusal(error: FileRefused): EffectOutcome {
  const isPassing = error.name === 'DiskFull' || error.name === 'FileFailed'
  return { error: { ...error }, verdict: isPassing ? 'again' : 'final' }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
