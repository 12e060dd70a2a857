import { randomUUID, type KeyObject } from 'node:crypto'
import { link, open, readFile, rm, stat } from 'node:fs/promises'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { keyFileBytesMax } from '../limits.ts'
import type { Signer } from '../signer/signer.ts'
import { keyObjectSigner, kindOf } from './key-object.ts'
import { decodePem, encodePem } from './pem.ts'

/** A key file is missing, or not a private key of one of the three curves. */
export interface UnreadableKey extends Failure {
  readonly name: 'UnreadableKey'
}

/** A key file is encrypted, and no passphrase was given. */
export interface PassphraseNeeded extends Failure {
  readonly name: 'PassphraseNeeded'
}

/** The passphrase is not the one that a key was encrypted with. */
export interface WrongPassphrase extends Failure {
  readonly name: 'WrongPassphrase'
}

/** Why a key file could not be used. */
export type KeyFileFailure = UnreadableKey | PassphraseNeeded | WrongPassphrase

/** A private key as it lies in a file, and the signer it makes. */
export interface FileKey {
  readonly key: KeyObject
  readonly signer: Signer
}

/**
 * Reads a signer from a PKCS #8 PEM file, the form that OpenSSL writes (RFC 5958, RFC 8410 § 7).
 * Failures: `UnreadableKey`, `PassphraseNeeded`, `WrongPassphrase`.
 */
export async function readKeyFile(path: string, passphrase?: string): Promise<Result<Signer, KeyFileFailure>> {
  const text = await readKeyText(path)
  if ('error' in text) return text
  const key = parseKey(text.ok, `the key file ${path}`, passphrase)
  return 'error' in key ? key : ok(key.ok.signer)
}

/** Reads a private key from PEM text; `what` names it in messages. Failures as of {@link readKeyFile}. */
export function parseKey(pem: string, what: string, passphrase?: string): Result<FileKey, KeyFileFailure> {
  const decoded = decodePem(pem, passphrase)
  if ('problem' in decoded) return error(failureOf(decoded.problem, what))
  const signer = keyObjectSigner(decoded.key)
  if (signer) return ok({ key: decoded.key, signer })
  return error(unreadable(what, `it is a ${kindOf(decoded.key)} key, not Ed25519, P-256 or secp256k1`))
}

/** The text of a key file. Failure: `UnreadableKey`. */
export async function readKeyText(path: string): Promise<Result<string, UnreadableKey>> {
  try {
    if ((await stat(path)).size > keyFileBytesMax) {
      return error(unreadable(`the key file ${path}`, `it is larger than ${keyFileBytesMax} bytes`))
    }
    return ok(await readFile(path, 'utf8'))
  } catch (thrown) {
    return error(unreadable(`the key file ${path}`, thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

/**
 * Writes a new key file that only its owner can read, encrypted where a passphrase is given. Its first line is the
 * key's DID, which readers of PEM pass over. An existing file is left as it is: rejects with `EEXIST`.
 *
 * @returns the key's signer
 */
export async function writeKeyFile(path: string, key: KeyObject, passphrase?: string): Promise<Signer> {
  const signer = keyObjectSigner(key)
  if (!signer) throw new TypeError(`a ${kindOf(key)} key signs nothing here; Ed25519, P-256 and secp256k1 do`)
  const pem = await encodePem(key, passphrase)
  await createWhole(path, `${signer.did}\n${pem}`)
  return signer
}

/** Makes a file that is there with all of its content or not at all, whatever happens meanwhile. */
async function createWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike a rename it leaves a file that is there already: EEXIST.
    await link(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

function failureOf(problem: 'passphrase needed' | 'wrong passphrase' | 'unreadable', what: string): KeyFileFailure {
  if (problem === 'passphrase needed') {
    return { name: 'PassphraseNeeded', message: `${what} is encrypted; give its passphrase` }
  }
  if (problem === 'wrong passphrase') {
    return { name: 'WrongPassphrase', message: `the passphrase does not open ${what}; try again` }
  }
  return unreadable(what, 'it is not a private key in PEM form')
}

function unreadable(what: string, problem: string): UnreadableKey {
  const message = `${what} cannot be used: ${problem}. Restore it from a backup; without it its identity is lost`
  return { name: 'UnreadableKey', message }
}
