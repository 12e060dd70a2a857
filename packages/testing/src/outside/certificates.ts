import { createPrivateKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate and its key, PEM. */
export interface Certified {
  readonly cert: string
  readonly key: string
}

/** What a certificate says. */
export interface CertificateFields {
  /** Names and IPv4 addresses of the host. */
  readonly hosts: readonly string[]
  /** Who signs it; itself, where not given. */
  readonly authority?: Certified
  readonly isAuthority?: boolean
  readonly from?: Date
  readonly to?: Date
}

/** Makes a certificate (X.509 v3, ECDSA on P-256): no other program has to be installed for that. */
export function makeCertificate({ hosts, authority, isAuthority = false, ...dates }: CertificateFields): Certified {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer: KeyObject = authority ? createPrivateKey(authority.key) : privateKey
  const subject = nameOf(hosts[0] ?? '')
  const issuer = authority ? nameOf(commonName(authority)) : subject
  const from = dates.from ?? new Date('2020-01-01T00:00:00Z')
  const to = dates.to ?? new Date('2049-01-01T00:00:00Z')
  const algorithm = sequence(objectId('2a8648ce3d040302'))
  const extensions = sequence(
    sequence(objectId('551d13'), octets(sequence(...(isAuthority ? [tagged(0x01, Buffer.of(0xff))] : [])))),
    sequence(objectId('551d11'), octets(sequence(...hosts.map(alternativeName)))),
  )
  const content = sequence(
    ...[tagged(0xa0, integer(2)), integer(1), algorithm, issuer],
    ...[sequence(time(from), time(to)), subject, publicKey.export({ type: 'spki', format: 'der' })],
    tagged(0xa3, extensions),
  )
  const signature = sign('sha256', content, signer)
  const der = sequence(content, algorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature])))
  return {
    cert: new X509Certificate(der).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function commonName({ cert }: Certified): string {
  return new X509Certificate(cert).subject.replace(/^CN=/, '')
}

function nameOf(text: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('550403'), tagged(0x0c, Buffer.from(text)))))
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 4 ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host))
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
}

function integer(below128: number): Buffer {
  return tagged(0x02, Buffer.of(below128))
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function octets(content: Buffer): Buffer {
  return tagged(0x04, content)
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}
