import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { exampleFolder, type ExampleNode, type ExampleUp } from '../example.test-fixture.ts'

const at = exampleFolder('pipeline')
afterAll(at.remove)
const timeout = 120_000

const bill = 'examples/pipeline/bill.ts'

/** What a node has written into a file of its home. */
function lines({ home }: ExampleNode, file: string): readonly string[] {
  try {
    return readFileSync(join(home, file), 'utf8').trim().split('\n')
  } catch {
    return []
  }
}

async function didOf(node: ExampleNode): Promise<string> {
  const { out } = await node.ipvm('id')
  return /did:key:\w+/.exec(out)?.[0] ?? ''
}

/** Makes a node a peer of another one, which it may ask for commands beside what peers may; gives where that is. */
async function joined(node: ExampleNode, host: ExampleUp, ...commands: readonly string[]): Promise<readonly string[]> {
  const invited = await host.ipvm('invite', ...commands.flatMap(command => ['--allow', command]), '--json')
  const { link } = JSON.parse(invited.out)
  const { code, out, err } = await node.ipvm('join', link, '--json')
  expect({ code, err }).toMatchObject({ code: 0 })
  return JSON.parse(out).addresses
}

/** The config of a node that others reach over libp2p alone. */
function overLibp2p(port: string) {
  return { network: { libp2p: { listen: [`/ip4/127.0.0.1/tcp/${port}`] } } }
}

interface Shown {
  readonly end?: string
  readonly bars: readonly {
    readonly label: string
    readonly pieces: readonly { kind: string; from: number; to: number }[]
  }[]
  readonly tasks: readonly { readonly label: string; readonly state: string; readonly receipt?: string }[]
}

async function shown(node: ExampleNode, ...args: string[]): Promise<Shown> {
  return JSON.parse((await node.ipvm('show', 'last', '--json', ...args)).out)
}

/** When each task was under way, milliseconds since 1970. */
async function attempts(node: ExampleNode): Promise<Readonly<Record<string, { from: number; to: number }>>> {
  const { bars } = await shown(node, '--timeline')
  const of = bars.map(({ label, pieces }) => [label, pieces.find(({ kind }) => kind === 'attempt')] as const)
  return Object.fromEntries(of.flatMap(([label, piece]) => (piece ? [[label, piece]] : [])))
}

async function receipts(node: ExampleNode): Promise<readonly (string | undefined)[]> {
  return (await shown(node)).tasks.map(({ receipt }) => receipt)
}

test('three nodes bill a customer; one is killed and comes back; a fourth joins late and reuses all', {
  timeout,
}, async () => {
  const [database, mailer, office] = await Promise.all([
    at.up('database', { effects: 'query.ts', config: overLibp2p('0'), isServed: false }),
    at.up('mailer', { effects: 'send.ts' }),
    at.up('office'),
  ])
  writeFileSync(join(database.home, 'orders.json'), JSON.stringify({ Ann: 1000, Bob: 2000 }))
  // The database tells others of libp2p alone, of which the config of nobody else says anything.
  const where = await joined(office, database, '/db')
  await joined(mailer, database)
  await joined(office, mailer, '/mailer')
  const [, port = ''] = /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)\/p2p\/\w+$/.exec(where[0] ?? '') ?? []
  expect(where.filter(address => !address.includes('/p2p/'))).toEqual([])
  const dids = await Promise.all([didOf(database), didOf(mailer)])

  const first = await office.ipvm('run', bill, ...dids, 'Ann')
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('billed Ann: 1190') })
  // All three were asked before the first of them had answered.
  const { net, gross, bill: sent } = await attempts(office)
  expect(Math.max(gross?.from ?? Infinity, sent?.from ?? Infinity)).toBeLessThan(net?.to ?? 0)
  const known = await receipts(office)

  // The database is killed in the middle, and the office waits for it.
  const second = office.start('run', bill, ...dids, 'Bob')
  await expect.poll(() => lines(database, 'asked.txt'), { interval: 5 }).toContain('Bob')
  database.running.child.kill('SIGKILL')
  await expect.poll(async () => (await office.ipvm('ps')).out).toMatch(/net +waits .* whose it is to do/)
  const again = await at.up('database', { effects: 'query.ts', config: overLibp2p(port), isServed: false })
  const done = await second.done
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining('billed Bob: 2380') })

  const late = await at.up('late')
  await joined(late, again, '/db')
  await joined(late, mailer, '/mailer')
  const before = [lines(again, 'asked.txt'), lines(mailer, 'outbox.txt')]
  const third = await late.ipvm('run', bill, ...dids, 'Ann')
  expect(third).toMatchObject({ code: 0, out: expect.stringContaining('billed Ann: 1190') })
  expect(await receipts(late)).toEqual(known)
  expect([lines(again, 'asked.txt'), lines(mailer, 'outbox.txt')]).toEqual(before)
  expect(lines(mailer, 'outbox.txt').map(line => line.split(' ').slice(1))).toEqual([
    ['Ann', '1190'],
    ['Bob', '2380'],
  ])
})
