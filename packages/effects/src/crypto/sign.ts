import { decode, isMap } from '@ipvm/ipld'
import { encodeHeader, verifySignature } from '@ipvm/varsig'
import * as v from 'valibot'
import { cryptoBytesMax } from '../limits.ts'
import { builtIn } from '../maker.ts'
import { bytesOf, data, exampleBytes } from '../data.ts'
import { keyName, notAllowed } from './data.ts'

/** `{key, data}` → `{did, header, signature}` */
export const sign = builtIn({
  cmd: '/crypto/sign',
  class: 'query',
  secret: true,
  about: {
    summary: "Signs data with one of the owner's keys (`ipvm key`): Ed25519, P-256 or secp256k1.",
    result: '`{did, header, signature}`: whose key it is, and the signature with its Varsig header, as bytes',
    example: {
      args: { key: 'releases', data: 'version 1.2.3' },
      policy: [
        ['==', '.key', 'releases'],
        ['like', '.data', 'version *'],
      ],
      refused: { key: 'releases', data: 'anything else' },
    },
  },
  args: v.strictObject({
    key: v.pipe(keyName, v.description('which key')),
    data: v.pipe(data, v.description('what is signed: text, which is signed as UTF-8, or bytes')),
  }),
  settings: v.strictObject({ keys: v.pipe(v.array(keyName), v.description('with which keys')) }),
  list: { name: 'keys', example: 'releases' },
  make: ({ keys: allowed }, { keys }) => ({
    run: async ({ key, data: given }, context) => {
      if (!allowed.includes(key)) return notAllowed('/crypto/sign', key)
      const message = await bytesOf(given, cryptoBytesMax, context)
      if ('error' in message) return message
      if (readsAsToken(message.ok)) {
        const problem = 'it reads as a token, by which the key would give authority away; ipvm delegate does that'
        return { error: { name: 'ReservedData', message: problem }, verdict: 'final' }
      }
      const signer = await keys.signer(key)
      if ('error' in signer) return { error: { ...signer.error }, verdict: 'final' }
      const { did, algorithm } = signer.ok
      return { ok: { did, header: encodeHeader(algorithm), signature: await signer.ok.sign(message.ok) } }
    },
  }),
})

/** `{did, header, signature, data}` → whether it is theirs */
export const verify = builtIn({
  cmd: '/crypto/verify',
  class: 'query',
  secret: true,
  about: {
    summary: 'Tells whether a signature over data is that of the key in a `did:key`.',
    result: 'true or false',
    example: {
      args: {
        did: 'did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX',
        header: exampleBytes('NAHtAe0BE3E='),
        signature: exampleBytes(
          'T2MLdTImleveEfK7BLZ3b6jExab+DkSnPaSN/9KteFWG2Pnm4dmK5F4UE5eli2kOX6jRxftK8bPKSSHjOiNoCw==',
        ),
        data: 'version 1.2.3',
      },
      policy: [['like', '.did', 'did:key:z6Mk*']],
      refused: { did: 'did:web:example.com', header: new Uint8Array(1), signature: new Uint8Array(1), data: '' },
    },
  },
  args: v.strictObject({
    did: v.pipe(v.string(), v.maxLength(1024), v.description('whose it is said to be')),
    header: v.pipe(
      v.instance(Uint8Array),
      v.maxLength(64),
      v.description('the Varsig header, which names the algorithm'),
    ),
    signature: v.pipe(v.instance(Uint8Array), v.maxLength(1024), v.description('the signature')),
    data: v.pipe(data, v.description('what was signed: text or bytes')),
  }),
  settings: v.strictObject({}),
  isOn: true,
  make: () => ({
    run: async ({ did, header, signature, data: given }, context) => {
      const message = await bytesOf(given, cryptoBytesMax, context)
      if ('error' in message) return message
      const verdict = await verifySignature(did, header, message.ok, signature)
      if ('ok' in verdict) return { ok: true }
      const { name, message: problem } = verdict.error
      return name === 'InvalidSignature' ? { ok: false } : { error: { name, message: problem }, verdict: 'final' }
    },
  }),
})

/** What a signature over would be the key's word as an agent: `{h, "ucan/…": …}` (UCAN § Envelope). */
function readsAsToken(message: Uint8Array): boolean {
  const value = decode(message)
  return 'ok' in value && isMap(value.ok) && Object.keys(value.ok).some(key => key === 'h' || key.startsWith('ucan/'))
}
