import type { KeyObject } from 'node:crypto'
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { isDid, type Did } from '../did/did.ts'
import type { Algorithm } from '../header/header.ts'
import type { Signer } from '../signer/signer.ts'
import { parseKey, readKeyFile, readKeyText, writeKeyFile, type KeyFileFailure } from './keyfile.ts'
import { encodePem, generatePrivateKey } from './pem.ts'

/** A key's name is not one that a file can have everywhere. */
export interface InvalidKeyName extends Failure {
  readonly name: 'InvalidKeyName'
}

/** A key of that name is there already. */
export interface KeyExists extends Failure {
  readonly name: 'KeyExists'
}

/** Why a key was not added. */
export type NotAdded = InvalidKeyName | KeyExists

/** A key of a ring as a list shows it; no secret is read for it. */
export interface KeyEntry {
  readonly name: string
  /** What the file's first line says; undefined where another tool wrote the file. */
  readonly did: Did | undefined
  readonly encrypted: boolean
}

/** What a new key is to be. */
export interface NewKeyOptions {
  readonly algorithm?: Algorithm
  readonly passphrase?: string
}

const extension = '.pem'
const keyName = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** A folder of named private keys, each in a PKCS #8 PEM file of its own that only its owner can read. */
export class KeyRing {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** The keys of the ring by name. A ring that does not exist yet is empty. */
  async list(): Promise<readonly KeyEntry[]> {
    const files = await readdir(this.folder).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return []
      throw thrown
    })
    const names = files.filter(file => file.endsWith(extension)).map(file => file.slice(0, -extension.length))
    const entries = names
      .filter(name => keyName.test(name))
      .sort()
      .map(name => this.#entry(name))
    return (await Promise.all(entries)).filter(entry => entry !== undefined)
  }

  /** Makes a key. Failures: `InvalidKeyName`, `KeyExists`. */
  async new(name: string, { algorithm, passphrase }: NewKeyOptions = {}): Promise<Result<Signer, NotAdded>> {
    return this.#add(name, generatePrivateKey(algorithm), passphrase)
  }

  /** The signer of a key. Failures: `InvalidKeyName` and those of {@link readKeyFile}. */
  async signer(name: string, passphrase?: string): Promise<Result<Signer, InvalidKeyName | KeyFileFailure>> {
    return keyName.test(name) ? readKeyFile(this.#path(name), passphrase) : error(invalidKeyName(name))
  }

  /**
   * A key as PKCS #8 PEM text, for a backup or another machine; under `newPassphrase` where one is given.
   * The text is the secret: whoever has it is you.
   */
  async export(
    name: string,
    { passphrase, newPassphrase }: { readonly passphrase?: string; readonly newPassphrase?: string } = {},
  ): Promise<Result<string, InvalidKeyName | KeyFileFailure>> {
    if (!keyName.test(name)) return error(invalidKeyName(name))
    const text = await readKeyText(this.#path(name))
    if ('error' in text) return text
    const key = parseKey(text.ok, `the key "${name}"`, passphrase)
    return 'error' in key ? key : ok(await encodePem(key.ok.key, newPassphrase))
  }

  /** Adds a key from PEM text; stored under the passphrase that opens it. Failures: as of `new` and `signer`. */
  async import(name: string, pem: string, passphrase?: string): Promise<Result<Signer, NotAdded | KeyFileFailure>> {
    const key = parseKey(pem, 'the text', passphrase)
    return 'error' in key ? key : this.#add(name, key.ok.key, passphrase)
  }

  async #add(name: string, key: KeyObject, passphrase?: string): Promise<Result<Signer, NotAdded>> {
    if (!keyName.test(name)) return error(invalidKeyName(name))
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    await chmod(this.folder, 0o700)
    try {
      return ok(await writeKeyFile(this.#path(name), key, passphrase))
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
      return error({ name: 'KeyExists', message: `there is a key "${name}" already; choose another name` })
    }
  }

  async #entry(name: string): Promise<KeyEntry | undefined> {
    const text = await readKeyText(this.#path(name))
    if ('error' in text) return undefined
    const [first] = text.ok.split('\n', 1)
    const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text.ok)
    return { name, did: isDid(first) ? first : undefined, encrypted }
  }

  #path(name: string): string {
    return join(this.folder, name + extension)
  }
}

function invalidKeyName(name: string): InvalidKeyName {
  const message = `"${name.slice(0, 80)}" cannot name a key: up to 64 of a-z, 0-9, ".", "_" and "-", a letter or digit first`
  return { name: 'InvalidKeyName', message }
}
