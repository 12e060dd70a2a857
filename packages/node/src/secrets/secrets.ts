import { randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encode, error, ok, type Failure, type Result, type Unit, type Value } from '@ipvm/ipld'
import { openValue, type Seal } from '@ipvm/runtime'
import type { Home } from '../home.ts'
import { secretBytesMax } from '../limits.ts'

/** A secret cannot be had, or set. */
export interface SecretFailure extends Failure {
  readonly name: 'InvalidSecretName' | 'NoSuchSecret' | 'SecretTooLarge' | 'Unsealable' | 'UnreadableSecret'
}

const secretName = /^[a-z0-9][a-z0-9._-]{0,63}$/
const extension = '.sealed'

/** The secrets of a node by name, each sealed in a file of its own; no export has them. */
export class Secrets {
  readonly #folder: string
  readonly #seal: Seal

  constructor({ secrets }: Pick<Home, 'secrets'>, seal: Seal) {
    this.#folder = secrets
    this.#seal = seal
  }

  /** The names of all, in their order. */
  async list(): Promise<readonly string[]> {
    const files = await readdir(this.#folder).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return []
      throw thrown
    })
    const names = files.filter(file => file.endsWith(extension)).map(file => file.slice(0, -extension.length))
    return names.filter(name => secretName.test(name)).sort()
  }

  /** Sets a secret, text or bytes, in place of what was set under its name. Failures: its name, its size. */
  async set(name: string, value: string | Uint8Array): Promise<Result<Unit, SecretFailure>> {
    if (!secretName.test(name)) return error(invalidName(name))
    const bytes = encode(value)
    if (bytes.length > secretBytesMax) {
      return error({ name: 'SecretTooLarge', message: `a secret has at most ${secretBytesMax} bytes` })
    }
    const sealed = await this.#seal.seal(bytes, new TextEncoder().encode(`secret ${name}`))
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await chmod(this.#folder, 0o700)
    const draft = this.#path(`${name}.${randomUUID()}`)
    try {
      const file = await open(draft, 'wx', 0o600)
      try {
        await file.writeFile(sealed)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, this.#path(name))
    } finally {
      await rm(draft, { force: true })
    }
    return ok({})
  }

  /** A secret in the clear. Failures: that there is none of that name, or that it cannot be opened. */
  async get(name: string): Promise<Result<Value, SecretFailure>> {
    if (!secretName.test(name)) return error(invalidName(name))
    const sealed = await readFile(this.#path(name)).catch((thrown: NodeJS.ErrnoException) => thrown)
    if (sealed instanceof Error) {
      if (sealed.code === 'ENOENT') return error(noSuchSecret(name))
      return error({ name: 'UnreadableSecret', message: `the secret "${name}" cannot be read: ${sealed.code}` })
    }
    const opened = await openValue(new Uint8Array(sealed), this.#seal)
    if ('ok' in opened) return opened
    return error({ name: 'Unsealable', message: `the secret "${name}": ${opened.error.message}` })
  }

  /** Forgets a secret. Failure: that there is none of that name. */
  async remove(name: string): Promise<Result<Unit, SecretFailure>> {
    if (!secretName.test(name)) return error(invalidName(name))
    try {
      await rm(this.#path(name))
      return ok({})
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return error(noSuchSecret(name))
      throw thrown
    }
  }

  #path(name: string): string {
    return join(this.#folder, name + extension)
  }
}

function noSuchSecret(name: string): SecretFailure {
  return { name: 'NoSuchSecret', message: `there is no secret "${name}"; set it with: ipvm secret set ${name}` }
}

function invalidName(name: string): SecretFailure {
  const message = `"${name.slice(0, 80)}" cannot name a secret: up to 64 of a-z, 0-9, ".", "_" and "-", a letter or digit first`
  return { name: 'InvalidSecretName', message }
}
