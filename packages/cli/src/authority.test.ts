import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-authority-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Done {
  readonly code: number
  readonly out: string
  readonly err: string
}

function ipvm(...args: string[]): Promise<Done> {
  const env = { ...process.env, IPVM_HOME: join(folder, 'home'), IPVM_PASSPHRASE: 'correct horse' }
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'main.ts'), ...args],
      { cwd: folder, env },
      (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err })
      },
    )
  })
}

const did = async (...args: string[]) => (await ipvm(...args)).out.trim()

test('keys are made on every curve, listed, exported and imported; an encrypted one stays so', async () => {
  for (const [name, curve] of Object.entries({ ed: 'ed25519', p: 'p256', k: 'secp256k1' })) {
    expect(await did('key', 'new', name, '--curve', curve)).toMatch(/^did:key:z\w+$/)
  }
  const secret = await did('key', 'new', 'safe', '--encrypt')
  expect((await ipvm('key', 'list')).out).toMatch(/safe {2}did:key:\w+ \(encrypted\)/)
  await ipvm('key', 'export', 'safe', '--encrypt', '--output', 'safe.pem')
  expect(readFileSync(join(folder, 'safe.pem'), 'utf8')).toContain('ENCRYPTED')
  expect(statSync(join(folder, 'safe.pem')).mode & 0o777).toBe(0o600)
  expect(await did('key', 'import', 'again', 'safe.pem')).toBe(secret)
  expect((await ipvm('key', 'new', 'safe')).err).toContain('already')
  expect((await ipvm('key', 'new', '../up')).err).toContain('cannot name a key')
  expect((await ipvm('key', 'new', 'x', '--curve', 'rsa')).err).toContain('is no curve')
})

test('authority goes from the node to Alice to Bob; inspect says who may do what, and exactly why not', async () => {
  await ipvm('init')
  const node = await did('id')
  const alice = await did('key', 'new', 'alice')
  const bob = await did('key', 'new', 'bob', '--curve', 'p256')
  expect((await ipvm('delegate', alice, '--cmd', '/wasm', '--output', 'alice.ucan')).code).toBe(0)
  const policy = '[["==", ".fun", "blur"], ["<", ".size", 10]]'
  const given = ['delegate', bob, '--cmd', '/wasm/run', '--sub', node, '--key', 'alice', '--proof', 'alice.ucan']
  await ipvm(...given, '--policy', policy, '--exp', '30d', '--output', 'bob.ucan')

  const all = await ipvm('inspect', 'bob.ucan')
  expect(all.code).toBe(0)
  for (const part of [node, alice, bob, '/wasm/run', '".fun"', 'signature  valid']) expect(all.out).toContain(part)

  const may = (...args: string[]) => ipvm('inspect', 'bob.ucan', '--for', bob, '--cmd', ...args)
  expect(await may('/wasm/run', '--args', '{"fun": "blur", "size": 3}')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^allowed/),
  })
  const refused = await may('/wasm/run', '--args', '{"fun": "crop", "size": 3}')
  expect(refused.code).toBe(1)
  expect(refused.out).toMatch(/✗ proof 1[\s\S]*demanded: .*"\.fun"[\s\S]*found at \.fun: "crop"[\s\S]*MatchError/)
  expect(refused.out.split('\n').length).toBeLessThan(24)
  expect((await may('/wasm/run')).out).toMatch(/^allowed if .*"\.fun".* and .*"\.size"/)
  expect((await may('/wasmer')).out).toContain('InvalidClaim')
  const json = JSON.parse((await may('/wasm/run', '--args', '{"fun": "blur", "size": 30}', '--json')).out)
  expect(json).toMatchObject({
    allowed: false,
    refusal: { name: 'MatchError', proof: 1, selector: '.size', value: 30 },
  })

  const [token = ''] = (await ipvm('inspect', 'alice.ucan', '--json')).out.split('\n')
  const cid = JSON.parse(token).cid['/']
  expect((await ipvm('show', cid)).out).toContain('delegation')
  expect((await ipvm('revoke', cid)).code).toBe(0)
  expect((await may('/wasm/run')).out).toContain('Revoked: proof 0')
  expect((await ipvm('inspect', 'alice.ucan')).code).toBe(1)
})

test('a container survives an editor, a token alone is read, and a QR code is drawn', async () => {
  const alice = await did('key', 'new', 'carol')
  const drawn = await ipvm('delegate', alice, '--cmd', '/wasm', '--qr')
  expect(drawn.err).toContain('█▀')
  writeFileSync(join(folder, 'edited.ucan'), `${drawn.out.trim()}\r\n`)
  expect((await ipvm('inspect', 'edited.ucan')).out).toContain('delegation')
})

test.each<[string, string[], RegExp]>([
  ['no DID', ['delegate', 'alice', '--cmd', '/wasm'], /is no DID/],
  [
    'no command',
    ['delegate', 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp', '--cmd', 'wasm'],
    /is no command/,
  ],
  [
    'a policy that is none',
    [
      'delegate',
      'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
      '--cmd',
      '/a',
      '--policy',
      '[["~", ".a", 1]]',
    ],
    /pol\[0\]/,
  ],
  [
    'a time that is none',
    ['delegate', 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp', '--cmd', '/a', '--exp', 'soon'],
    /"soon" is no time/,
  ],
  ['a file that is no token', ['inspect', join(import.meta.dirname, 'main.ts')], /is no container, token or CAR/],
  [
    'a key that is not there',
    ['delegate', 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp', '--cmd', '/a', '--key', 'nobody'],
    /nobody/,
  ],
])('%s is refused by a sentence', async (_what, args, message) => {
  await ipvm('init')
  const done = await ipvm(...args)
  expect(done.code).toBe(2)
  expect(done.err).toMatch(message)
  expect(done.err).not.toMatch(/^\s+at /m)
})
