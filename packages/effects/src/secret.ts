import * as v from 'valibot'
import { builtIn } from './maker.ts'

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(64))

/** `{name, before?}` → text or bytes, sealed wherever they are written down */
export const secretGet = builtIn({
  cmd: '/secret/get',
  class: 'query',
  taints: true,
  about: {
    summary: 'Gives a secret that the owner of this node has set with `ipvm secret set`.',
    result: 'the text, or the bytes; sealed in the receipt, and opened where it is used on this machine alone',
    example: {
      args: { name: 'mail-key', before: 'Bearer ' },
      policy: [['==', '.name', 'mail-key']],
      refused: { name: 'bank-key' },
    },
  },
  args: v.strictObject({
    name: v.pipe(name, v.description('which secret')),
    before: v.optional(v.pipe(v.string(), v.maxLength(256), v.description('what is put before it, where it is text'))),
  }),
  settings: v.strictObject({ names: v.pipe(v.array(name), v.description('which secrets it may give')) }),
  list: { name: 'names', example: 'mail-key' },
  make: ({ names }, { secrets }) => ({
    run: async ({ name: wanted, before }) => {
      if (!names.includes(wanted)) {
        const message = `the secret "${wanted}" is not given to workflows here; its owner may allow it: ipvm effects allow /secret/get ${wanted}`
        return { error: { name: 'NotAllowed', message }, verdict: 'final', isOpen: true }
      }
      const found = await secrets.get(wanted)
      if ('error' in found) return { error: { ...found.error }, verdict: 'final', isOpen: true }
      if (before === undefined) return { ok: found.ok }
      if (typeof found.ok === 'string') return { ok: before + found.ok }
      const message = `the secret "${wanted}" is bytes, and nothing can be put before those`
      return { error: { name: 'NotText', message }, verdict: 'final', isOpen: true }
    },
  }),
})
