import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeHeader, verifySignature, type Algorithm } from '../index.ts'
import { generatePrivateKey, KeyRing, keyObjectSigner, readKeyFile, writeKeyFile } from './index.ts'

const algorithms: readonly Algorithm[] = ['Ed25519', 'P-256', 'secp256k1']
const message = new TextEncoder().encode('rotate the picture')
const passphrase = 'correct horse battery staple'
const folder = () => mkdtemp(join(tmpdir(), 'ipvm-key-'))

test.each(algorithms)(
  'a key file of %s is for its owner alone, reads back, and is never overwritten',
  async algorithm => {
    const path = join(await folder(), 'key.pem')
    const written = await writeKeyFile(path, generatePrivateKey(algorithm))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const read = await readKeyFile(path)
    if ('error' in read) throw new Error(read.error.message)
    expect(read.ok).toMatchObject({ did: written.did, algorithm })
    const signature = await read.ok.sign(message)
    expect(await verifySignature(written.did, encodeHeader(algorithm), message, signature)).toHaveProperty('ok')
    expect((await readFile(path, 'utf8')).split('\n')[0]).toBe(written.did)
    await expect(writeKeyFile(path, generatePrivateKey(algorithm))).rejects.toThrow('EEXIST')
  },
)

test.each(algorithms)('under a passphrase a key of %s opens with it and with nothing else', async algorithm => {
  const path = join(await folder(), 'key.pem')
  const { did } = await writeKeyFile(path, generatePrivateKey(algorithm), passphrase)
  const text = await readFile(path, 'utf8')
  expect(text).toContain('BEGIN ENCRYPTED PRIVATE KEY')
  expect(await readKeyFile(path, passphrase)).toMatchObject({ ok: { did } })
  expect(await readKeyFile(path)).toMatchObject({ error: { name: 'PassphraseNeeded' } })
  const wrong = await readKeyFile(path, 'incorrect horse')
  expect(wrong).toMatchObject({ error: { name: 'WrongPassphrase' } })
  expect(JSON.stringify(wrong)).not.toContain('incorrect horse')
  const damaged = join(await folder(), 'damaged.pem')
  await writeFile(damaged, text.replace(/.{8}\n-----END/, '\n-----END'))
  expect(await readKeyFile(damaged, passphrase)).toMatchObject({ error: { name: 'UnreadableKey' } })
})

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
const hasOpenssl = (() => {
  try {
    return openssl('version').startsWith('OpenSSL 3')
  } catch {
    return false
  }
})()

test.skipIf(!hasOpenssl)(
  'OpenSSL reads what we wrote, and we what OpenSSL wrote (skipped without OpenSSL 3)',
  async () => {
    const home = await folder()
    for (const algorithm of algorithms) {
      const ours = join(home, `${algorithm}.pem`)
      const { did } = await writeKeyFile(ours, generatePrivateKey(algorithm), passphrase)
      const plain = join(home, `${algorithm}-plain.pem`)
      openssl('pkey', '-in', ours, '-passin', `pass:${passphrase}`, '-out', plain)
      expect(await readKeyFile(plain)).toMatchObject({ ok: { did } })
      for (const kind of [['-scrypt'], ['-v2', 'aes-256-cbc', '-iter', '10000']]) {
        const theirs = join(home, `${algorithm}${kind[0]}.pem`)
        openssl('pkcs8', '-topk8', '-in', plain, '-out', theirs, '-passout', `pass:${passphrase}`, ...kind)
        expect(await readKeyFile(theirs, passphrase)).toMatchObject({ ok: { did } })
      }
    }
  },
)

test('a missing file, garbage, a huge file and a key of another kind are refused by name, no secret told', async () => {
  const home = await folder()
  const path = join(home, 'other.pem')
  expect(await readKeyFile(path)).toMatchObject({ error: { name: 'UnreadableKey' } })
  await writeFile(path, 'this is the secret: 42')
  const garbage = await readKeyFile(path)
  expect(garbage).toMatchObject({ error: { name: 'UnreadableKey' } })
  expect(JSON.stringify(garbage)).not.toContain('42')
  await writeFile(path, 'x'.repeat(100_000))
  expect(await readKeyFile(path)).toMatchObject({ error: { name: 'UnreadableKey' } })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey
  await writeFile(path, p384.export({ type: 'pkcs8', format: 'pem' }))
  const other = await readKeyFile(path)
  expect('error' in other && other.error.message).toContain('secp384r1')
  expect(keyObjectSigner(p384)).toBeUndefined()
})

test('Alice keeps three keys, lists them without a passphrase, and takes one to another machine', async () => {
  const home = join(await folder(), 'keys')
  const ring = new KeyRing(home)
  expect(await ring.list()).toEqual([])
  const laptop = await ring.new('laptop')
  const phone = await ring.new('phone', { algorithm: 'P-256', passphrase })
  if ('error' in laptop || 'error' in phone) throw new Error('new keys are made')
  expect((await stat(home)).mode & 0o777).toBe(0o700)
  expect(await ring.list()).toEqual([
    { name: 'laptop', did: laptop.ok.did, encrypted: false },
    { name: 'phone', did: phone.ok.did, encrypted: true },
  ])
  expect(await ring.new('laptop')).toMatchObject({ error: { name: 'KeyExists' } })
  expect(await ring.signer('phone', passphrase)).toMatchObject({ ok: { did: phone.ok.did } })

  const exported = await ring.export('phone', { passphrase, newPassphrase: 'for the journey' })
  if ('error' in exported) throw new Error(exported.error.message)
  const elsewhere = new KeyRing(join(await folder(), 'keys'))
  expect(await elsewhere.import('phone', exported.ok, 'wrong')).toMatchObject({ error: { name: 'WrongPassphrase' } })
  expect(await elsewhere.list()).toEqual([])
  expect(await elsewhere.import('phone', exported.ok, 'for the journey')).toMatchObject({ ok: { did: phone.ok.did } })
  expect(await elsewhere.list()).toMatchObject([{ did: phone.ok.did, encrypted: true }])
  const plain = await ring.export('laptop')
  expect('ok' in plain && keyObjectSigner(createPrivateKey(plain.ok))?.did).toBe(laptop.ok.did)
})

test('a name that would leave the folder is refused before any file is touched', async () => {
  const home = await folder()
  const ring = new KeyRing(home)
  for (const name of ['', '../mallory', 'a/b', '.hidden', 'A', 'x'.repeat(65), 'a\nb']) {
    expect(await ring.new(name)).toMatchObject({ error: { name: 'InvalidKeyName' } })
    expect(await ring.signer(name)).toMatchObject({ error: { name: 'InvalidKeyName' } })
    expect(await ring.export(name)).toMatchObject({ error: { name: 'InvalidKeyName' } })
  }
  expect(await readdir(home)).toEqual([])
})

test('a file that another tool wrote into the folder is listed without a DID', async () => {
  const home = await folder()
  await chmod(home, 0o755)
  await writeFile(join(home, 'old.pem'), generatePrivateKey().export({ type: 'pkcs8', format: 'pem' }))
  expect(await new KeyRing(home).list()).toEqual([{ name: 'old', did: undefined, encrypted: false }])
})
