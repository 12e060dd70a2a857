import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { place, root } from './ipvm.test-fixture.ts'

const { ipvm, file, remove } = place()
afterAll(remove)

const guest = join(root, 'packages', 'wasm', 'fixtures', 'stack.wasm')
const receiptIn = (text: string) => /show (baf\w+)/.exec(text)?.[1] ?? ''

describe('a function that fails', () => {
  test('is told with where it was, its arguments by their CIDs, and the command that lets it fail again', async () => {
    const failed = await ipvm('bob', ['run', guest, 'average', '7', '0'])
    expect(failed.code).toBe(1)
    expect(failed.err).toMatch(/^ {2}function +average of baf\w+$/m)
    expect(failed.err).toMatch(/^ {2}argument 1 +bafy\w+ = 7$/m)
    expect(failed.err).toMatch(/^ {2}stack +checked-divide ← function 1 of core module 0 ← mean ← average$/m)
    const [, command = '', receipt = ''] = /^ {2}see it again +ipvm (rerun) (baf\w+)$/m.exec(failed.err) ?? []

    const again = await ipvm('bob', [command, receipt])
    expect(again.code).toBe(1)
    expect(again.err).toContain('ipvm: the function trapped: integer divide by zero\nStack: checked-divide ←')
    expect(again.err).toContain('The same as the receipt says.')
    expect(again.err).not.toMatch(/^\s+at /m)
  })

  test('is told in the same words when it is known already, and by show', async () => {
    const known = await ipvm('bob', ['run', guest, 'average', '7', '0'])
    expect(known.err).toContain('average failed')
    expect(known.err).toMatch(/^ {2}stack +checked-divide ←/m)
    const receipt = receiptIn(known.err)
    expect((await ipvm('bob', ['show', receipt])).out).toMatch(/^ {2}stack +checked-divide ←/m)
    const json = JSON.parse((await ipvm('bob', ['show', receipt, '--json'])).out)
    expect(json.report.stack).toHaveLength(4)
    expect(JSON.stringify(json.out)).not.toContain('checked-divide')
  })

  test('is told in short where it calls itself', async () => {
    expect((await ipvm('bob', ['run', guest, 'deep'])).err).toMatch(/^ {2}stack +forever \(\d+ times\) ← …$/m)
  })
})

describe('what a guest says of its own places', () => {
  const said = 'Error: no\n  at f (user.js:2:3)\n  at start (user.js:3:1)\n  at g (other.js:900:1)'

  test('is told by the lines of the source, where a source map lies beside the module, at once and later', async () => {
    file('say.wasm', readFileSync(join(root, 'packages/wasm/fixtures/core/host.wasm')))
    // Line 2, column 3 is line 5, column 7 of stats.ts; line 3 is what the build has added.
    const sources = ['stats.ts', 'ipvm:entry']
    file('say.wasm.map', JSON.stringify({ version: 3, sources, names: [], mappings: ';EAIM;ACAA' }))
    const ran = await ipvm('carol', ['run', 'say.wasm', 'say', said])
    const placed = said.replace('user.js:2:3', 'stats.ts:5:7')
    expect(ran.err).toContain(placed)
    const receipt = receiptIn(ran.err)
    expect((await ipvm('carol', ['show', receipt, '--log'])).out).toBe(`${placed}\n`)
    expect((await ipvm('carol', ['rerun', receipt])).err).toContain(placed)
    // Programs get what was written.
    expect(JSON.parse((await ipvm('carol', ['show', receipt, '--log', '--json'])).out).log).toBe(said)
  })

  test('is told as it is without a map, or with a file that is none', async () => {
    file('plain.wasm', readFileSync(join(root, 'packages/wasm/fixtures/core/host.wasm')))
    expect((await ipvm('dave', ['run', 'plain.wasm', 'say', said])).err).toContain(said)
    file('plain.wasm.map', 'no map')
    expect((await ipvm('dave', ['run', 'plain.wasm', 'say', `${said}!`])).err).toContain(`${said}!`)
  })
})

describe('running a task again', () => {
  test('gives the result, and says that it is the same', async () => {
    const add = join(root, 'guests', 'add', 'add.wasm')
    const receipt = receiptIn((await ipvm('bob', ['run', add, 'add-one', '41'])).err)
    const again = await ipvm('bob', ['rerun', receipt])
    expect(again).toMatchObject({ code: 0, out: '42\n' })
    expect(again.err).toContain('The same as the receipt says.')
    const { task, same } = JSON.parse((await ipvm('bob', ['rerun', receipt, '--json'])).out)
    expect(same).toBe(true)
    expect((await ipvm('bob', ['rerun', task['/']])).out).toBe('42\n')
  })

  test('is refused for what is no task, and for a task that awaits others', async () => {
    const refusal = async (name: string) => (await ipvm('bob', ['rerun', name])).err
    const put = (await ipvm('bob', ['put', file('hello.txt', 'hello')])).out
    expect(await refusal(/baf\w+/.exec(put)?.[0] ?? '')).toMatch(/^ipvm: \S+ is no task and no receipt\n$/)
    const mod = { '/': /baf\w+/.exec((await ipvm('bob', ['put', guest])).out)?.[0] }
    const call = (...params: unknown[]) => ({ cmd: '/wasm/run', args: { mod, fun: 'average', params } })
    const tasks = { one: call(8, 2), two: call({ 'await/ok': 'one' }, 2) }
    const path = file('two.json', JSON.stringify({ 'ipvm/workflow@1': { name: 'two', tasks } }))
    const receipt = receiptIn((await ipvm('bob', ['run', path])).err)
    const shown = JSON.parse((await ipvm('bob', ['show', receipt, '--json'])).out)
    expect(await refusal(shown.ran['/'])).toMatch(/awaits the results of other tasks; name the receipt/)
    expect((await ipvm('bob', ['rerun', receipt])).out).toBe('2\n')
  })
})
