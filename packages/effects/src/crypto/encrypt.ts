import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import * as v from 'valibot'
import { cryptoBytesMax } from '../limits.ts'
import { builtIn, type SecretSource } from '../maker.ts'
import { bytesOf, data, exampleBytes } from '../data.ts'
import { keyName, notAllowed } from './data.ts'

const ivBytes = 12
const tagBytes = 16
const keyBytes = 32

/** What an example decrypts, under a key of 32 nines. */
const encrypted = exampleBytes('AAcOFRwjKjE4P0ZNjzJiLxqBwIDkGQMbP+5S99kD7LDsKEGN')

const about = v.optional(
  v.pipe(
    v.string(),
    v.maxLength(1024),
    v.description('what it is about: not encrypted, and has to be the same when it is decrypted'),
  ),
  '',
)
const settings = v.strictObject({ keys: v.pipe(v.array(keyName), v.description('with which keys')) })
const list = { name: 'keys', example: 'vault' }

/** `{key, data, about?}` → bytes */
export const encrypt = builtIn({
  cmd: '/crypto/encrypt',
  class: 'query',
  secret: true,
  about: {
    summary: 'Encrypts data with AES-256-GCM under a key that is a secret of 32 bytes (`ipvm secret new NAME`).',
    result:
      'bytes: the nonce of 12, what is encrypted, and the tag of 16. Where the data is a secret, say `"secret": false` in the task\'s config: the result is none',
    example: {
      args: { key: 'vault', data: 'my diary', about: 'diary 2026' },
      policy: [['==', '.key', 'vault']],
      refused: { key: 'safe', data: 'my diary' },
    },
  },
  args: v.strictObject({
    key: v.pipe(keyName, v.description('which key')),
    data: v.pipe(data, v.description('text, which is encrypted as UTF-8, or bytes')),
    about,
  }),
  settings,
  list,
  make: ({ keys: allowed }, { secrets, world }) => ({
    run: async (args, context) => {
      if (!allowed.includes(args.key)) return notAllowed('/crypto/encrypt', args.key)
      const plain = await bytesOf(args.data, cryptoBytesMax, context)
      if ('error' in plain) return plain
      const key = await cipherKey(args.key, secrets)
      if ('error' in key) return { error: { ...key.error }, verdict: 'final' }
      const iv = new Uint8Array(world.random(ivBytes))
      const additionalData = new TextEncoder().encode(args.about)
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key.ok, plain.ok)
      const whole = new Uint8Array(ivBytes + sealed.byteLength)
      whole.set(iv)
      whole.set(new Uint8Array(sealed), ivBytes)
      return { ok: whole }
    },
  }),
})

/** `{key, data, about?, as?}` → bytes or text, a secret */
export const decrypt = builtIn({
  cmd: '/crypto/decrypt',
  class: 'query',
  taints: true,
  secret: true,
  about: {
    summary: 'Decrypts what `/crypto/encrypt` gave.',
    result: 'the bytes, or the text',
    example: {
      args: { key: 'vault', data: encrypted, about: 'diary 2026', as: 'text' },
      policy: [['==', '.key', 'vault']],
      refused: { key: 'safe', data: encrypted },
    },
  },
  args: v.strictObject({
    key: v.pipe(keyName, v.description('which key')),
    data: v.pipe(data, v.description('what was encrypted, as bytes')),
    about,
    as: v.optional(v.pipe(v.picklist(['bytes', 'text']), v.description('what it gives; text is UTF-8')), 'bytes'),
  }),
  settings,
  list,
  make: ({ keys: allowed }, { secrets }) => ({
    run: async (args, context) => {
      if (!allowed.includes(args.key)) return notAllowed('/crypto/decrypt', args.key)
      const whole = await bytesOf(args.data, cryptoBytesMax + ivBytes + tagBytes, context)
      if ('error' in whole) return whole
      const key = await cipherKey(args.key, secrets)
      if ('error' in key) return { error: { ...key.error }, verdict: 'final' }
      const iv = whole.ok.slice(0, ivBytes)
      const additionalData = new TextEncoder().encode(args.about)
      const opened = await crypto.subtle
        .decrypt({ name: 'AES-GCM', iv, additionalData }, key.ok, whole.ok.slice(ivBytes))
        .catch(() => undefined)
      if (!opened) {
        const message = 'it was encrypted under another key, about something else, or was changed since'
        return { error: { name: 'NotDecrypted', message }, verdict: 'final', isOpen: true }
      }
      const plain = new Uint8Array(opened)
      if (args.as === 'bytes') return { ok: plain }
      try {
        return { ok: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plain) }
      } catch {
        const message = 'what was encrypted is not UTF-8 text; ask for bytes'
        return { error: { name: 'NotText', message }, verdict: 'final', isOpen: true }
      }
    },
  }),
})

async function cipherKey(
  name: string,
  secrets: SecretSource,
): Promise<Result<Awaited<ReturnType<typeof crypto.subtle.importKey>>, Failure>> {
  const secret = await secrets.get(name)
  if ('error' in secret) return secret
  if (!(secret.ok instanceof Uint8Array) || secret.ok.length !== keyBytes) {
    return error({ name: 'NoKey', message: `the secret "${name}" is no key; make one: ipvm secret new NAME` })
  }
  const raw = new Uint8Array(secret.ok)
  return ok(await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']))
}
