import { blockOf, CID, codec, decode, fileBlocks, readBlock, readFile, type Value } from '@ipvm/ipld'
import * as v from 'valibot'
import { storedBytesMax } from './limits.ts'
import { builtIn, type BuiltIn } from './maker.ts'

const link = v.pipe(v.instance(CID, 'expected a link'), v.description('what is asked for'))

const greeting = blockOf({ greeting: 'Good morning' })

const get = builtIn({
  cmd: '/block/get',
  class: 'query',
  about: {
    summary: 'Gives what a CID names in the store of this node, verified.',
    result: 'the bytes of a file; the value of a DAG-CBOR block',
    example: {
      args: { cid: greeting.cid },
      policy: [['==', '.cid', greeting.cid]],
      refused: { cid: blockOf('something else').cid },
    },
  },
  args: v.strictObject({ cid: link }),
  settings: v.strictObject({}),
  isOn: true,
  make: (_settings, { store }) => ({
    run: async ({ cid }) => {
      const getBlock = (name: CID) => store.block(name)
      // What comes of a secret is nobody's to ask for.
      const isSecret = await store.isSecret(cid)
      const isFile = cid.code === codec.raw || cid.code === codec.dagPb
      const read = isSecret ? undefined : await (isFile ? readFile(cid, getBlock) : readBlock(cid, getBlock))
      if (!read) return { error: { name: 'MissingBlock', message: `${cid} is not stored here` }, verdict: 'final' }
      if ('error' in read) return { error: { ...read.error }, verdict: 'final' }
      if (isFile) return { ok: read.ok }
      const value = decode(read.ok)
      return 'ok' in value ? value : { error: { ...value.error }, verdict: 'final' }
    },
  }),
})

const put = builtIn({
  cmd: '/block/put',
  class: 'mutation',
  idempotent: true,
  local: true,
  about: {
    summary: 'Stores bytes as a file, or any other value as a DAG-CBOR block, in one piece with the receipt.',
    result: 'the CID, by which everybody can name it',
    example: {
      args: { value: { greeting: 'Good morning' } },
      policy: [['like', '.value.greeting', 'Good *']],
      refused: { value: { greeting: 'Go away' } },
    },
  },
  args: v.strictObject({
    value: v.pipe(
      v.custom<Value>(value => value !== undefined, 'expected a value'),
      v.description('bytes are stored as a file, text and all else as a block'),
    ),
  }),
  settings: v.strictObject({}),
  isOn: true,
  make: () => ({
    run: async ({ value }) => {
      // A link is to what is stored already.
      if (value instanceof CID) return { ok: value }
      if (!(value instanceof Uint8Array)) {
        const block = blockOf(value)
        return { ok: block.cid, change: { blocks: [block] } }
      }
      if (value.length > storedBytesMax) {
        const message = `it has ${value.length} bytes; at most ${storedBytesMax} are stored at once`
        return { error: { name: 'FileTooLarge', message }, verdict: 'final' }
      }
      const { root, blocks } = fileBlocks(value)
      return { ok: root, change: { blocks } }
    },
  }),
})

/** What is stored by its name. */
export const block: readonly BuiltIn[] = [get, put]
