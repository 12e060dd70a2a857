import { CID } from '@ipvm/ipld'
import type { EffectContext, EffectOutcome } from '@ipvm/runtime'
import * as v from 'valibot'

/** Text, bytes, or a link to a stored file, as which large bytes come. */
export type Data = string | Uint8Array | CID

/** What takes data. */
export const data = v.pipe(
  v.custom<Data>(
    value => typeof value === 'string' || value instanceof Uint8Array || value instanceof CID,
    'expected text, bytes, or a link to a file',
  ),
  v.title('text, bytes, or a link to a file'),
)

/** The bytes of data: text as UTF-8, files verified. Failure: that it is larger than may be, or cannot be read. */
export async function bytesOf(
  given: Data,
  bytesMax: number,
  { loadFile }: EffectContext,
): Promise<{ readonly ok: Uint8Array<ArrayBuffer> } | Exclude<EffectOutcome, { ok: unknown }>> {
  const read = given instanceof CID ? await loadFile(given) : { ok: given }
  if ('error' in read) return { error: { ...read.error }, verdict: 'final' }
  const bytes = typeof read.ok === 'string' ? new TextEncoder().encode(read.ok) : new Uint8Array(read.ok)
  if (bytes.length <= bytesMax) return { ok: bytes }
  const message = `it has ${bytes.length} bytes; at most ${bytesMax} are taken at once`
  return { error: { name: 'DataTooLarge', message }, verdict: 'final' }
}

/** Bytes of an example, in base64. */
export function exampleBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
}
