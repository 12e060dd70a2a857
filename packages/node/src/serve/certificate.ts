import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { certificateLookMilliseconds } from '../limits.ts'

/** The files of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** A certificate and its key, PEM, and until when it holds. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly until: Date
}

/** A certificate cannot be served; the message names the file and what is wrong. */
export interface BadCertificate extends Failure {
  readonly name: 'BadCertificate'
}

/** Reads a certificate with its key. Failure: `BadCertificate`. */
export async function readCertificate({ cert, key }: CertificateFiles): Promise<Result<Certificate, BadCertificate>> {
  const [chain, secret] = await Promise.all([textOf(cert), textOf(key)])
  if ('error' in chain) return chain
  if ('error' in secret) return secret
  try {
    const leaf = new X509Certificate(chain.ok)
    if (!leaf.checkPrivateKey(createPrivateKey(secret.ok))) {
      return bad(`${key} is not the key of ${cert}; set serve.tls.cert and serve.tls.key to a pair`)
    }
    return ok({ cert: chain.ok, key: secret.ok, until: leaf.validToDate })
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return bad(`${cert} and ${key} cannot be read as PEM: ${problem}`)
  }
}

/** Looks after files of a certificate: tells the new pair when they have changed, and at a SIGHUP. */
export function watchCertificate(
  files: CertificateFiles,
  changed: (certificate: Result<Certificate, BadCertificate>) => void,
): () => void {
  let seen: Promise<string> | undefined = stampOf(files)
  let isLooking = false
  const look = async (isAsked: boolean) => {
    if (isLooking) return
    isLooking = true
    const [before, now] = [await seen, await stampOf(files)]
    seen = Promise.resolve(now)
    isLooking = false
    if (isAsked || before !== now) changed(await readCertificate(files))
  }
  const hangUp = () => void look(true)
  const timer = setInterval(() => void look(false), certificateLookMilliseconds)
  timer.unref()
  process.on('SIGHUP', hangUp)
  return () => {
    clearInterval(timer)
    process.off('SIGHUP', hangUp)
  }
}

async function stampOf({ cert, key }: CertificateFiles): Promise<string> {
  const stamps = [cert, key].map(file =>
    stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'gone',
    ),
  )
  return (await Promise.all(stamps)).join(', ')
}

async function textOf(file: string): Promise<Result<string, BadCertificate>> {
  try {
    return ok(await readFile(file, 'utf8'))
  } catch (thrown) {
    return bad(`${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

function bad(message: string): Result<never, BadCertificate> {
  return error({ name: 'BadCertificate', message })
}
