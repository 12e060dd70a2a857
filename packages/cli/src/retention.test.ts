import { spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-retention-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const add = join(root, 'guests', 'add', 'add.wasm')
const portrait = join(root, 'examples', 'portrait', 'one.ts')
const photo = join(root, 'examples', 'portrait', 'portrait.png')

/** Runs the real command on one of several homes. */
function ipvm(home: string, args: readonly string[], input?: Uint8Array) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, IPVM_HOME: join(folder, home), npm_execpath: undefined, NO_COLOR: '1' },
    maxBuffer: 2 ** 26,
    ...(input && { input }),
  })
  expect(stderr.toString()).not.toMatch(/^\s+at /m)
  return { code: status, bytes: stdout, out: stdout.toString(), err: stderr.toString() }
}

const reusedIn = (text: string) => text.match(/\breused\b/g)?.length ?? 0

test('what a user has moves to another machine: verified, and reused there once its executor is trusted', () => {
  expect(ipvm('here', ['run', portrait, photo, '--out', 'out']).code).toBe(0)
  const did = ipvm('here', ['id']).out.trim()
  expect(ipvm('here', ['export', 'all', '-o', 'all.car'])).toMatchObject({ code: 0, out: '', err: '' })
  const car = readFileSync(join(folder, 'all.car'))
  const { d = '' } = createPrivateKey(readFileSync(join(folder, 'here', 'key.pem'))).export({ format: 'jwk' })
  const secret = Buffer.from(d, 'base64url')
  expect(secret.length).toBe(32)
  expect(car.includes(secret)).toBe(false)
  expect(statSync(join(folder, 'all.car')).mode & 0o077).toBe(0)

  const first = ipvm('there', ['import', 'all.car'])
  expect(first).toMatchObject({ code: 0 })
  expect(first.out).toMatch(/^Verified \d+ blocks \(\d+ new\), [\d.]+ .B; 3 receipts \(3 new\); 1 runs \(1 new\)$/m)
  expect(first.err).toContain(`--trust ${did}`)
  const again = ipvm('there', ['import', 'all.car', '--trust', did])
  expect(again.out).toMatch(/\(0 new\).*\(0 new\).*\(0 new\)/)
  expect(again.err).toBe('')
  expect(ipvm('there', ['ps']).out).toContain('3/3 settled')
  const reused = ipvm('there', ['run', portrait, photo, '--out', 'out'])
  expect([reused.code, reusedIn(reused.err)]).toEqual([0, 3])
})

test('results of executors who are not trusted are not used', () => {
  ipvm('wary', ['import', 'all.car'])
  const run = ipvm('wary', ['run', portrait, photo, '--out', 'out'])
  expect([run.code, reusedIn(run.err)]).toEqual([0, 0])
})

test('with the key on the new machine its results are one’s own; the file may come through a pipe', () => {
  mkdirSync(join(folder, 'moved'), { mode: 0o700 })
  copyFileSync(join(folder, 'here', 'key.pem'), join(folder, 'moved', 'key.pem'))
  const piped = ipvm('here', ['export', 'all'])
  expect(ipvm('moved', ['import', '-'], piped.bytes)).toMatchObject({ code: 0, err: '' })
  expect(reusedIn(ipvm('moved', ['run', portrait, photo, '--out', 'out']).err)).toBe(3)
})

test('one workflow travels alone', () => {
  ipvm('here', ['run', add, 'add-one', '1'])
  const { workflow } = JSON.parse(ipvm('here', ['ps', '--json']).out.split('\n')[0] ?? '')
  expect(ipvm('here', ['export', 'last', '-o', 'one.car']).code).toBe(0)
  expect(statSync(join(folder, 'one.car')).size).toBeLessThan(20_000)
  const json = JSON.parse(ipvm('fresh', ['import', 'one.car', '--json']).out)
  expect(json).toMatchObject({ receipts: 1, runs: 1, strangers: [expect.stringContaining('did:key')] })
  expect(ipvm('fresh', ['show', workflow]).out).toContain('add-one')
})

test('gc says what would go, frees space, and leaves what is pinned', () => {
  for (const n of ['1', '2', '3']) ipvm('full', ['run', add, 'add-one', n])
  writeFileSync(join(folder, 'large.bin'), new Uint8Array(2_000_000))
  const file = ipvm('full', ['put', 'large.bin']).out.split(' ')[0] ?? ''
  const runs = ipvm('full', ['ps', '--json']).out.trim().split('\n')
  const oldest = JSON.parse(runs.at(-1) ?? '').workflow
  ipvm('full', ['pin', oldest])
  expect(ipvm('full', ['pin']).out.trim()).toBe(oldest)
  expect(ipvm('full', ['gc']).out).toMatch(/^Removed 0 runs, 0 receipts and 0 other blocks/)
  const plan = ipvm('full', ['gc', '--older-than', '0s', '--max-receipts', '1', '--dry-run']).out
  expect(plan).toMatch(/^Would remove 2 runs, 2 receipts/)
  expect(ipvm('full', ['get', file]).bytes.length).toBe(2_000_000)
  const done = ipvm('full', ['gc', '--older-than', '0s', '--max-receipts', '1']).out
  expect(done).toBe(plan.replace('Would remove', 'Removed').replace('would stay', 'stay'))
  expect(ipvm('full', ['get', file]).code).toBe(2)
  expect(ipvm('full', ['run', add, 'add-one', '1']).err).toContain('reused')
  expect(ipvm('full', ['run', add, 'add-one', '2']).err).toContain('ran')
  const over = ipvm('full', ['gc', '--max-size', '1kB', '--older-than', '0s'])
  expect(over.err).toContain('more than that is pinned, has a name or')
  expect(ipvm('full', ['unpin', oldest]).code).toBe(0)
  expect(ipvm('full', ['gc', '--max-size', '0', '--older-than', '0s']).out).toContain('0 B in 0 blocks stay')
})

test('a function that has a name is there after any gc, and moves with all; there it is added by its name', () => {
  const did = ipvm('names', ['publish', add, '--name', 'adder']).out.match(/did:key:\w+\/adder/)?.[0] ?? ''
  expect(ipvm('names', ['gc', '--max-size', '0', '--older-than', '0s']).err).toContain('has a name')
  expect(ipvm('names', ['add', did, '--pin-only'])).toMatchObject({ code: 0 })
  expect(ipvm('names', ['run', 'adder', 'add-one', '1'])).toMatchObject({ code: 0, out: '2\n' })
  ipvm('names', ['export', 'all', '-o', 'names.car'])
  expect(ipvm('elsewhere', ['import', 'names.car']).code).toBe(0)
  expect(ipvm('elsewhere', ['run', 'adder', 'add-one', '1']).code).toBe(2)
  expect(ipvm('elsewhere', ['add', did, '--pin-only'])).toMatchObject({ code: 0 })
  expect(ipvm('elsewhere', ['run', 'adder', 'add-one', '1'])).toMatchObject({ code: 0, out: '2\n' })
})

test.each<[string, string[], number, RegExp]>([
  ['an export of nothing', ['export'], 2, /needs the CID of a workflow or a run, last, or all/],
  [
    'an export of what is not there',
    ['export', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    2,
    /or all/,
  ],
  ['an export of a word', ['export', 'lost'], 2, /lost is neither a CID nor a run/],
  ['an export to where none can be written', ['export', 'all', '-o', '/dev/null/x'], 3, /is no folder/],
  ['an import of nothing', ['import'], 2, /needs a file/],
  ['an import of a missing file', ['import', 'nowhere.car'], 2, /nowhere\.car is not there/],
  ['an import of something else', ['import', 'text.car'], 2, /text\.car was not imported: not a CAR/],
  ['an import of a damaged file', ['import', 'damaged.car'], 2, /damaged\.car was not imported: .* do not hash to it/],
  [
    'an import of a part of a file',
    ['import', 'cut.car'],
    2,
    /cut\.car was not imported: not a CAR of version 1: it ends within a block/,
  ],
  ['trust in no one', ['import', 'all.car', '--trust', 'bob'], 2, /--trust bob is no DID/],
  ['a size that is none', ['gc', '--max-size', 'big'], 2, /"big" is no size/],
  ['an age that is none', ['gc', '--older-than', '5 days'], 2, /is no span of time/],
  ['a count that is none', ['gc', '--max-receipts', '1.5'], 2, /is no count/],
  [
    'a pin of what is not there',
    ['pin', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    2,
    /cannot be kept/,
  ],
  [
    'an unpin of what is not pinned',
    ['unpin', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
    2,
    /is not pinned/,
  ],
])('%s is one sentence', (_what, args, code, message) => {
  const car = readFileSync(join(folder, 'all.car'))
  writeFileSync(join(folder, 'text.car'), 'Pictures of last summer, and of the one before')
  writeFileSync(join(folder, 'damaged.car'), car.with(car.length >> 1, (car[car.length >> 1] ?? 0) ^ 1))
  writeFileSync(join(folder, 'cut.car'), car.subarray(0, car.length - 7))
  const done = ipvm('here', args)
  expect(done.err).toMatch(message)
  expect(done.err.trim().split('\n')).toHaveLength(1)
  expect(done.code).toBe(code)
})
