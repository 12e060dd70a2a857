import * as v from 'valibot'
import { builtIn } from './maker.ts'

/** `{name}` → `{did, name, module, number, record}` */
export const nameResolve = builtIn({
  cmd: '/name/resolve',
  class: 'query',
  about: {
    summary: 'Tells what a name stands for that was added to this node with `ipvm add`, or published by it.',
    result: '`{did, name, module, number, record}`: whose name it is, the CID of the module, and which record says so',
    example: { args: { name: 'image' }, policy: [['==', '.name', 'image']], refused: { name: 'wallet' } },
  },
  args: v.strictObject({
    name: v.pipe(v.string(), v.maxLength(1024), v.description('a local name, or a global one: `did:key:z6Mk…/image`')),
  }),
  settings: v.strictObject({}),
  isOn: true,
  make: (_settings, { names }) => ({
    run: async args => {
      const found = await names.find(args.name)
      if ('error' in found) return { error: { ...found.error }, verdict: 'final' }
      const { iss, name, mod, seq, cid } = found.ok
      return { ok: { did: iss, name, module: mod, number: seq, record: cid } }
    },
  }),
})
