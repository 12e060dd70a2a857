import { createPrivateKey } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { ed25519Signer, type Signer } from '../signer.ts'

/** A key file is missing, or not an Ed25519 private key. */
export interface UnreadableKey extends Failure {
  readonly name: 'UnreadableKey'
}

const pkcs8SeedStart = 16

/** Reads a signer from a PKCS #8 PEM file, the form that OpenSSL writes (RFC 8410 § 7). */
export async function readKeyFile(path: string): Promise<Result<Signer, UnreadableKey>> {
  try {
    const key = createPrivateKey(await readFile(path, 'utf8'))
    if (key.asymmetricKeyType !== 'ed25519') return error(unreadable(path, `it is a ${key.asymmetricKeyType} key`))
    const der = key.export({ type: 'pkcs8', format: 'der' })
    return ok(ed25519Signer(der.subarray(pkcs8SeedStart)))
  } catch (thrown) {
    return error(unreadable(path, thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

/** Writes a new key file that only its owner can read. An existing file is left as it is and refused. */
export async function writeKeyFile(path: string, seed: Uint8Array): Promise<void> {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(key.export({ type: 'pkcs8', format: 'pem' }))
    await file.sync()
  } finally {
    await file.close()
  }
}

function unreadable(path: string, problem: string): UnreadableKey {
  const message = `the key file ${path} cannot be used: ${problem}. Restore it from a backup; without it this node's identity is lost`
  return { name: 'UnreadableKey', message }
}
