import { createCipheriv, createPrivateKey, generateKeyPairSync, randomBytes, scrypt, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm } from '../header/header.ts'

/** Private keys as PKCS #8 PEM text, plain or under a passphrase, as OpenSSL writes and reads them. */

/**
 * The work that each guess of a passphrase costs. OpenSSL reads scrypt within 32 MiB, so N is 2^14, and p makes up for
 * it (ADR 23).
 */
const cost = { N: 2 ** 14, r: 8, p: 5 } as const
const saltBytes = 16
const ivBytes = 16
const cipherKeyBytes = 32
const derive: (passphrase: string, salt: Buffer, length: number, options: typeof cost) => Promise<Buffer> =
  promisify(scrypt)

/** A new private key on one of the three curves. */
export function generatePrivateKey(algorithm: Algorithm = 'Ed25519'): KeyObject {
  if (algorithm === 'Ed25519') return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('ec', { namedCurve: algorithm === 'P-256' ? 'prime256v1' : 'secp256k1' }).privateKey
}

/** PKCS #8 PEM (RFC 5958); with a passphrase encrypted by scrypt and AES-256-CBC (RFC 8018 § 6.2, RFC 7914 § 7). */
export async function encodePem(key: KeyObject, passphrase?: string): Promise<string> {
  const der = key.export({ type: 'pkcs8', format: 'der' })
  if (passphrase === undefined) return armour('PRIVATE KEY', der)
  try {
    return armour('ENCRYPTED PRIVATE KEY', await encrypt(der, passphrase))
  } finally {
    der.fill(0)
  }
}

/** What a PEM text holds. */
export type DecodedPem =
  | { readonly key: KeyObject }
  | { readonly problem: 'passphrase needed' | 'wrong passphrase' | 'unreadable' }

/** Reads PKCS #8 PEM, or the older forms that OpenSSL reads. What OpenSSL says of it is not passed on. */
export function decodePem(pem: string, passphrase?: string): DecodedPem {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)
  if (encrypted && passphrase === undefined) return { problem: 'passphrase needed' }
  try {
    const key = createPrivateKey({ key: pem, format: 'pem', ...(encrypted && { passphrase }) })
    return { key }
  } catch {
    return { problem: encrypted && isWhole(pem) ? 'wrong passphrase' : 'unreadable' }
  }
}

/** Whether the outermost structure of an encrypted key is as long as it says; a damaged file is no wrong passphrase. */
function isWhole(pem: string): boolean {
  const body = /-----BEGIN [A-Z ]+-----([\s\S]+?)-----END/.exec(pem)?.[1] ?? ''
  const der = Buffer.from(body.replace(/^[A-Za-z-]+:.*$/gm, ''), 'base64')
  if (der[0] !== 0x30) return false
  const first = der[1] ?? 0
  const width = first < 0x80 ? 0 : first & 0x7f
  if (width > 2) return false
  const length = width === 0 ? first : der.readUIntBE(2, Math.min(width, der.length - 2))
  return der.length === 2 + width + length
}

async function encrypt(der: Buffer, passphrase: string): Promise<Buffer> {
  const salt = randomBytes(saltBytes)
  const iv = randomBytes(ivBytes)
  const cipherKey = await derive(passphrase, salt, cipherKeyBytes, cost)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const encrypted = Buffer.concat([cipher.update(der), cipher.final()])
  cipherKey.fill(0)
  const scryptParameters = sequence(octets(salt), integer(cost.N), integer(cost.r), integer(cost.p))
  const kdf = sequence(object('2b06010401da47040b'), scryptParameters)
  const scheme = sequence(object('60864801650304012a'), octets(iv))
  return sequence(sequence(object('2a864886f70d01050d'), sequence(kdf, scheme)), octets(encrypted))
}

function armour(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** DER (X.690 § 8) of the few shapes that a key needs. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function octets(bytes: Buffer): Buffer {
  return tagged(0x04, bytes)
}

function object(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function integer(value: number): Buffer {
  const hex = value.toString(16)
  return tagged(0x02, Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}
