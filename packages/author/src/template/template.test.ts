import { expect, test } from 'vitest'
import { parseWit } from '../embed/parse.ts'
import { isLanguage, languages } from './language.ts'
import { guestFiles } from './template.ts'

async function filesOf(name: string, language: string): Promise<Map<string, string>> {
  if (!isLanguage(language)) throw new Error(`${language} is no language`)
  const made = await guestFiles(name, language)
  if ('error' in made) throw new Error(made.error.message)
  return new Map(made.ok.map(({ path, content }) => [path, content]))
}

test.each(Object.keys(languages))(
  'a guest in %s has its name everywhere, a test, a README and scripts',
  async language => {
    const files = await filesOf('my-guest', language)
    for (const [path, content] of files) expect(path + content).not.toContain('__name__')
    const manifest = JSON.parse(files.get('package.json') ?? '')
    expect(Object.keys(manifest.scripts)).toEqual(['build', 'start', 'test'])
    expect(manifest).toMatchObject({ name: 'my-guest', private: true })
    expect([...files.keys()].some(path => /^my-guest\.test\.m?[jt]s$/.test(path))).toBe(true)
    expect(files.get('README.md')).toContain('npx ipvm run my-guest.wasm greet Alice')
  },
)

test.each(['world', 'list', 'func', 'import', 'x'])('WIT takes the name %s', async name => {
  const wit = (await filesOf(name, 'c')).get(`${name}.wit`) ?? ''
  expect(parseWit(wit, 'a.wit')).toMatchObject({ ok: { name, functions: [{ name: 'greet' }] } })
})

test.each(['', 'Hello', '../up', 'a/b', 'a b', 'größe', '-a', 'a-', '1st', '__name__', 'a'.repeat(61), '.', 'a.b'])(
  'the name %j is refused',
  async name => {
    expect(await guestFiles(name, 'ts')).toMatchObject({
      error: { name: 'BadGuestName', message: expect.stringContaining('write words of a-z and 0-9, joined by dashes') },
    })
  },
)
