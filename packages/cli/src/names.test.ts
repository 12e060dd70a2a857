import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { place, root, type Done } from './ipvm.test-fixture.ts'

const { folder, ipvm, file, remove } = place()
afterAll(remove)

const add = join(root, 'guests', 'add', 'add.wasm')
const image = join(root, 'guests', 'image', 'image.wasm')

/** The one sentence of a refusal: no stack trace, nothing done. */
function refusal({ code, err }: Done): string {
  expect(code).toBe(2)
  expect(err).not.toMatch(/^\s+at /m)
  return /^ipvm: (.*)$/m.exec(err)?.[1] ?? ''
}

describe('a function with a name', () => {
  test('goes from Alice to Bob in a file, and is called by its name', async () => {
    const args = ['publish', add, '--name', 'adder', '--licence', 'MIT', '--source', join(root, 'guests/add/add.c')]
    const published = await ipvm('alice', [...args, '--out', 'adder.car'])
    expect(published.code).toBe(0)
    const name = published.out.trim()
    expect(name).toMatch(/^did:key:z6Mk\w+\/adder$/)
    expect(published.err).toContain('Published: number 1,')
    expect((await ipvm('alice', [...args])).err).toContain('Published before, and the same')

    const added = await ipvm('bob', ['add', name, '--from', 'adder.car', '--out', 'bobs'])
    expect(added.out).toMatch(/^adder {2}baf\w+\n$/)
    expect(added.err).toContain(`Added ${name}, number 1, licence MIT`)
    expect((await ipvm('bob', ['run', 'adder', 'add-one', '41'])).out).toBe('42\n')
    // The same task, however its module was named.
    const again = await ipvm('bob', ['run', name, 'addOne', '41'])
    expect(again.err).toContain('add-one reused')
    expect((await ipvm('bob', ['run', added.out.split(/\s+/)[1] ?? '', 'add-one', '41'])).err).toContain('reused')
    expect((await ipvm('bob', ['wit', 'adder'])).out).toContain('export add-one: func(n: s32) -> s32;')
    expect((await ipvm('bob', ['names'])).out).toContain(`${name} number 1`)
    const { source } = JSON.parse((await ipvm('alice', [...args, '--json'])).out)
    expect((await ipvm('bob', ['get', source['/']])).out).toContain('add_one')
  })

  test('brings its types along, for a workflow', async () => {
    expect(readFileSync(join(folder, 'bobs/adder.wasm')).equals(readFileSync(add))).toBe(true)
    const types = readFileSync(join(folder, 'bobs/adder.wasm.ts'), 'utf8')
    expect(types).toMatch(/addOne/)
    // Somebody's own file stays where it is, and nothing is pinned then.
    file('mine.wasm', 'mine')
    const mine = await ipvm('bob', ['add', 'adder.car', '--as', 'mine'])
    expect(refusal(mine)).toMatch(/mine\.wasm is there, and is not what "mine" stood for/)
    expect((await ipvm('bob', ['names'])).out).not.toContain('mine')
    file('other.wasm.ts', 'mine')
    expect(refusal(await ipvm('bob', ['add', 'adder.car', '--as', 'other']))).toMatch(/other\.wasm\.ts is there/)
    expect((await ipvm('bob', ['add', 'adder.car', '--as', 'mine', '--pin-only'])).code).toBe(0)
  })

  test('is shown by inspect and show, with its signature checked', async () => {
    const { record } = JSON.parse((await ipvm('alice', ['publish', image, '--name', 'pictures', '--json'])).out)
    for (const shown of [await ipvm('alice', ['show', record['/']]), await ipvm('alice', ['inspect', 'adder.car'])]) {
      expect(shown.out).toMatch(/^ {2}name +did:key:z6Mk\w+\/(pictures|adder)$/m)
      expect(shown.out).toMatch(/^ {2}signature +valid$/m)
    }
  })

  test('may be signed with a key of one’s own', async () => {
    const key = await ipvm('alice', ['key', 'new', 'work'])
    const did = /did:key:\w+/.exec(key.out)?.[0]
    expect((await ipvm('alice', ['publish', add, '--name', 'adder', '--key', 'work'])).out).toBe(`${did}/adder\n`)
  })
})

describe('names that are refused:', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['none given', ['publish', add], /needs a Wasm file and --name NAME/],
    ['one in capitals', ['publish', add, '--name', 'Adder'], /add\.wasm: "Adder" cannot be a name/],
    ['one for what is no module', ['publish', 'adder.txt', '--name', 'adder'], /adder\.txt: not a Wasm binary/],
    ['a number that was given before', ['publish', image, '--name', 'adder', '--seq', '1'], /has to be higher, not 1/],
    ['a number that is none', ['publish', add, '--name', 'adder', '--seq', 'x'], /--seq x is no number/],
    ['one that is not known', ['add', 'did:key:z6Mkx/adder'], /no record of did:key:z6Mkx\/adder is known here/],
    ['half of one', ['add', 'did:key:z6Mkx'], /did:key:z6Mkx is no name; write did:key:z6Mk…\/image/],
    ['a file that is not there', ['add', 'nowhere.car'], /nowhere\.car is not there/],
    ['a file of something else', ['add', 'adder.txt'], /adder\.txt is no container, token or CAR/],
    ['two files', ['add', 'adder.car', '--from', 'adder.car'], /"adder\.car" is no did:…\/NAME/],
    ['a damaged file', ['add', 'damaged.car'], /damaged\.car is no container, token or CAR: .*hash/],
    ['another agent’s', ['add', 'did:key:z6Mkx/adder', '--from', 'adder.car'], /is not among what was brought/],
    ['one that was not added', ['run', 'subtractor', 'f'], /no name that was added; see ipvm names/],
    ['one that cannot be', ['run', 'did:key:z6Mkx/Adder', 'f'], /see ipvm names/],
  ])('%s', async (_what, args, message) => {
    file('adder.txt', 'hello')
    const car = readFileSync(join(folder, 'adder.car'))
    writeFileSync(join(folder, 'damaged.car'), car.with(car.length - 9, (car.at(-9) ?? 0) ^ 1))
    expect(refusal(await ipvm('alice', args))).toMatch(message)
  })

  test('one that stands for something else already, until another is chosen', async () => {
    await ipvm('carol', ['publish', image, '--name', 'adder', '--out', 'carols.car'])
    expect(refusal(await ipvm('bob', ['add', 'carols.car', '--out', 'bobs']))).toMatch(
      /"adder" stands for did:key:\w+\/adder here/,
    )
    expect((await ipvm('bob', ['add', 'carols.car', '--as', 'carols'])).out).toMatch(/^carols /)
  })

  test('one that goes back', async () => {
    await ipvm('alice', ['publish', image, '--name', 'adder', '--out', 'later.car'])
    expect((await ipvm('bob', ['add', 'later.car', '--out', 'bobs'])).err).toContain('number 2')
    expect(readFileSync(join(folder, 'bobs/adder.wasm')).equals(readFileSync(image))).toBe(true)
    expect(refusal(await ipvm('bob', ['add', 'adder.car']))).toMatch(/known with the number 2, and this record has 1/)
  })
})
