import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { place, root, sentence } from './ipvm.test-fixture.ts'

const { folder, file, remove, ...bobs } = place()
const ipvm = (args: readonly string[]) => bobs.ipvm('bob', args)
beforeAll(() => ipvm(['init']))
afterAll(remove)

const add = join(root, 'guests', 'add', 'add.wasm')
const image = join(root, 'guests', 'image', 'image.wasm')
const flow = (tasks: unknown, fields = {}) => JSON.stringify({ 'ipvm/workflow@1': { name: 'test', tasks, ...fields } })
const cidOf = (text: string) => /baf[a-z2-7]{50,}/.exec(text)?.[0] ?? ''

describe('bad input gives one sentence, an exit status, and no stack trace:', () => {
  test.each<[string, string[], number, RegExp]>([
    ['an unknown command', ['rnu'], 2, /"rnu" is not a command/],
    ['an unknown option', ['run', '--fast'], 2, /--fast/],
    ['no file', ['run'], 2, /needs a file/],
    ['a missing file', ['run', 'nowhere.json'], 2, /nowhere\.json is not there/],
    ['a folder', ['put', '.'], 2, /is a folder/],
    ['a missing argument file', ['run', image, 'rotate90', '@nowhere.png'], 2, /nowhere\.png is not there/],
    ['an unknown function', ['run', image, 'corp'], 2, /no function "corp"/],
    ['too few arguments', ['run', image, 'crop', '@x.png'], 2, /crop takes 5 arguments, got 1/],
    ['an argument of the wrong type', ['run', add, 'add-one', 'many'], 2, /expected s32/],
    ['an argument out of range', ['run', add, 'add-one', '3000000000'], 2, /expected s32/],
    ['limits that are none', ['run', add, 'add-one', '1', '--config', '[5]'], 2, /--config is no map/],
    ['limits beside a workflow', ['run', 'x.json', '--config', '{}'], 2, /write "config" into x\.json/],
    ['no Wasm', ['wit', 'text.wasm'], 2, /text\.wasm: not a Wasm binary/],
    ['no Wasm file', ['wit', 'nowhere.wasm'], 2, /nowhere\.wasm is not there/],
    ['a CID that is none', ['show', 'hello'], 2, /is neither a CID nor/],
    [
      'a CID that is not stored',
      ['show', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'],
      2,
      /not in the store/,
    ],
    ['a node that is not there', ['ps', '--home', 'nowhere'], 2, /make one with: ipvm init/],
  ])('%s', async (_what, args, code, message) => {
    file('text.wasm', 'hello')
    const done = await ipvm(args)
    expect(sentence(done)).toMatch(message)
    expect(done.code).toBe(code)
  })

  const mod = { '/': 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku' }
  const call = (...params: unknown[]) => ({ cmd: '/wasm/run', args: { mod, fun: 'f', params } })
  test.each<[string, string, RegExp]>([
    ['text that is no JSON', '{"tasks": ', /not DAG-JSON/],
    ['JSON that is no workflow', '{"tasks": {}}', /not a workflow/],
    ['an unknown field', flow({ a: call() }, { speed: 1 }), /speed: unknown field/],
    ['a cycle', flow({ a: call({ 'await/ok': 'b' }), b: call({ 'await/ok': 'a' }) }), /a → b → a/],
    ['an unknown label', flow({ a: call({ 'await/ok': 'bb' }) }), /awaits "bb"/],
    ['an unknown command', flow({ a: { cmd: '/sql/run', args: {} } }), /\/sql\/run is not a command/],
    ['a limit that is not enforced', flow({ a: call() }, { config: { speed: 1 } }), /not enforced/],
    [
      'a limit without its unit',
      flow({ a: call() }, { config: { gas: 1 } }),
      /config\.gas: expected an amount such as/,
    ],
  ])('%s', async (_what, text, message) => {
    const done = await ipvm(['run', file('bad.json', text)])
    expect(sentence(done)).toMatch(message)
    expect(done.code).toBe(2)
  })

  test('a TypeScript file that throws, and one that exports no workflow', async () => {
    const throws = await ipvm(['run', file('throws.mts', 'throw new Error("no camera")')])
    expect(sentence(throws)).toContain('no camera')
    expect(throws.code).toBe(2)
    expect(sentence(await ipvm(['run', file('empty.mts', 'export default 5')]))).toContain('export a workflow')
    const debug = await ipvm(['run', file('throws.mts', 'throw new Error("no camera")'), '--debug'])
    expect(debug.err).toMatch(/^\s+at /m)
  })

  test('Wasm that is cut off, that offers nothing, that is no Wasm', async () => {
    const whole = readFileSync(image)
    const cut = await ipvm(['run', file('cut.wasm', whole.subarray(0, whole.length / 2)), 'rotate90', '1'])
    expect(sentence(cut)).toContain('cut.wasm')
    expect(cut.code).toBe(2)
    const core = await ipvm(['run', file('core.wasm', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), 'f'])
    expect(core.err).toMatch(/core.wasm has no function "f"; it has\s+no functions at all/)
    expect(core.code).toBe(2)
    const plain = join(root, 'packages', 'wasm', 'fixtures', 'core', 'plain.wasm')
    expect((await ipvm(['run', plain, 'add', '2', '40'])).out).toBe('42\n')
    expect(sentence(await ipvm(['run', plain, 'two']))).toMatch(
      /two of .* cannot be called: it has the type \(\) -> \(i32, i32\)/,
    )
    expect(sentence(await ipvm(['run', file('text.wasm', 'hello'), 'f']))).toContain('Wasm')
  })

  test('a file that is no PNG fails its task, with an error receipt', async () => {
    const done = await ipvm(['run', image, 'rotate90', `@${file('note.png', 'not a picture')}`])
    expect(done.code).toBe(1)
    expect(sentence(done)).toMatch(/rotate90: .*PNG/)
    const shown = await ipvm(['show', cidOf(/show (\S+)/.exec(done.err)?.[1] ?? '')])
    expect(shown.out).toMatch(/result\s+error: GuestError/)
  })

  test('an unknown function in a workflow fails its task, with an error receipt, and is not remembered', async () => {
    const wasm = { '/': cidOf((await ipvm(['put', add])).out) }
    const path = file(
      'unknown.json',
      flow({ a: { cmd: '/wasm/run', args: { mod: wasm, fun: 'add-oen', params: [1] } } }),
    )
    for (const _time of [1, 2]) {
      const done = await ipvm(['run', path])
      expect(done.code).toBe(1)
      expect(sentence(done)).toContain('add-one')
      expect(done.err).toContain('a failed')
    }
  })
})

describe('more that a new user gets wrong:', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a word too many', ['id', 'me'], 2, /"me" is one word too many/],
    ['a home that is a file', ['init', '--home', 'cli-file'], 2, /cannot live in cli-file: it is a file/],
    ['a home below a file', ['init', '--home', 'cli-file/x'], 2, /a part of the path is a file/],
    ['a text that is not UTF-8', ['run', 'latin.json'], 2, /latin\.json is not UTF-8/],
    ['a workflow of null', ['run', 'null.json'], 2, /not a workflow/],
    ['a module that forgot to await', ['run', 'promise.mts'], 2, /tasks\.a\.args\.mod is a Promise; await it/],
  ])('%s', async (_what, args, code, message) => {
    file('cli-file', 'a file')
    file('latin.json', Uint8Array.of(0x22, 0xe9, 0x22))
    file('null.json', 'null')
    const tasks = `{ a: { cmd: '/wasm/run', args: { mod: Promise.resolve(1) } } }`
    file('promise.mts', `export default { 'ipvm/workflow@1': { tasks: ${tasks} } }`)
    const done = await ipvm(args)
    expect(sentence(done)).toMatch(message)
    expect(done.code).toBe(code)
  })

  test('the database of another program is left alone', async () => {
    const home = join(folder, 'foreign')
    await ipvm(['init', '--home', home])
    rmSync(join(home, 'store.db'))
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(home, 'store.db'))
    db.exec('CREATE TABLE theirs (a)')
    db.close()
    expect(sentence(await ipvm(['ps', '--home', home]))).toContain('another program')
  })
})
