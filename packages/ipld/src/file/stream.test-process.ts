// Writes a generated file of so many MiB as a stream into a file of blocks, reads it back as a stream, and prints the
// root, whether the bytes are the same, and by how many MiB the memory of the process grew at most.
import { open, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { streamFile, writeFile } from '../index.ts'
import { sampleStream } from './sample.test-fixture.ts'

const length = Number(process.argv[2] ?? 1024) * 1024 * 1024
const places = new Map<string, { readonly at: number; readonly length: number }>()
const folder = await mkdtemp(join(tmpdir(), 'ipvm-stream-'))
const store = await open(join(folder, 'blocks'), 'w+')
const peak = () => process.resourceUsage().maxRSS / 1024
// One block through everything, so that what is loaded once is not counted.
for await (const block of writeFile(sampleStream(4 * 1024 * 1024))) void block
const before = peak()

try {
  let end = 0
  let root: import('../index.ts').CID | undefined
  for await (const { cid, bytes } of writeFile(sampleStream(length, 300_000))) {
    await store.write(bytes, 0, bytes.length, end)
    places.set(cid.toString(), { at: end, length: bytes.length })
    end += bytes.length
    root = cid
  }
  if (!root) throw new Error('a file has a root')
  const getBlock = async (cid: { toString(): string }) => {
    const place = places.get(cid.toString())
    if (!place) return undefined
    const bytes = new Uint8Array(place.length)
    await store.read(bytes, 0, place.length, place.at)
    return bytes
  }
  const same = await isSample(streamFile(root, getBlock), length)
  console.log(JSON.stringify({ root: root.toString(), same, grownMiB: Math.round(peak() - before) }))
} finally {
  await store.close()
  await rm(folder, { recursive: true })
}

/** Whether a stream is the sample's bytes: both are cut at the same places, and compared. */
async function isSample(stream: AsyncIterable<Uint8Array>, size: number): Promise<boolean> {
  const expected = sampleStream(size, 1024 * 1024)
  let total = 0
  for await (const bytes of stream) {
    const { value } = expected.next()
    if (!value || Buffer.compare(bytes, value) !== 0) return false
    total += bytes.length
  }
  return total === size
}
