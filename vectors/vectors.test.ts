import { existsSync, readFileSync } from 'node:fs'
import { delegate, type DelegationFields } from '@ipvm/ucan'
import { parsePolicy } from '@ipvm/ucan/policy'
import { ed25519Signer } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import { checkDirectory } from './check/directory.ts'
import { bytesOf } from './check/outcome.ts'
import { fixtureDirectories } from './conformance.ts'
import { vectorFiles } from './generate.ts'

// The official fixtures lie beside the checkout, where they are at all; UCAN_FIXTURES names more.
const directories = fixtureDirectories()

test.each(directories)('every case of %s ends as it should', async directory => {
  const outcomes = await checkDirectory(directory)
  expect(outcomes.length).toBeGreaterThan(0)
  expect(outcomes.filter(({ passed }) => !passed)).toEqual([])
})

test('the vectors are what their generator writes', async () => {
  // The bomb is compressed by the library at hand, which may do it in another way.
  const withoutBomb = (text: string) => text.replace(/(gzip bomb[^}]*?"container": ")[^"]*/, '$1')
  for (const [file, text] of await vectorFiles()) {
    const written = readFileSync(new URL(file, import.meta.url), 'utf8')
    expect(withoutBomb(written), file).toBe(withoutBomb(text))
  }
})

interface Official {
  readonly principals: Readonly<Record<string, string>>
  readonly valid: readonly {
    readonly token: string
    readonly envelope: { readonly payload: DelegationFields & { iss: string } }
  }[]
}

const official = directories.map(directory => `${directory}/delegation.json`).filter(file => existsSync(file))
const [file = ''] = official.filter(path => readFileSync(path, 'utf8').includes('principals'))

test.skipIf(file === '')('we write the official delegation, byte for byte (skipped without it)', async () => {
  const { principals, valid } = JSON.parse(readFileSync(file, 'utf8')) as Official
  // Two bytes of multicodec lead each secret.
  const signers = Object.values(principals).map(secret => ed25519Signer(bytesOf(secret).subarray(2)))
  for (const { token, envelope } of valid) {
    const { iss, nonce, pol, ...fields } = envelope.payload
    const signer = signers.find(({ did }) => did === iss)
    if (!signer) throw new Error(`no key of ${iss}`)
    expect(parsePolicy(pol ?? [])).toHaveProperty('ok')
    const written = await delegate({ ...fields, pol: pol ?? [], nonce: bytesOf(nonce) }, signer)
    expect(Buffer.from(written.envelope.bytes).toString('base64').replace(/=+$/, '')).toBe(token.replace(/=+$/, ''))
  }
})
