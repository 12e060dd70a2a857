import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { effectsSource } from './effects.test-fixture.ts'
import { place } from './ipvm.test-fixture.ts'

const at = place()
afterAll(() => at.remove())

const config = (person: string) => JSON.parse(readFileSync(join(at.folder, person, 'config.json'), 'utf8'))
const workflow = (cmd: string, args = {}) => JSON.stringify({ 'ipvm/workflow@1': { tasks: { one: { cmd, args } } } })

test('Alice sees what there is, turns an effect off, and a workflow that wants it is told what to write', async () => {
  const list = await at.ipvm('alice', ['effects'])
  expect(list.out).toMatch(/^\/time\/now +query +on$/m)
  const page = await at.ipvm('alice', ['effects', '/kv/put'])
  expect(page.out).toContain('key      text, 1 to 1024 characters')
  await at.ipvm('alice', ['init'])
  const now = at.file('now.json', workflow('/time/now'))
  expect(await at.ipvm('alice', ['run', now])).toMatchObject({ code: 0 })
  expect(await at.ipvm('alice', ['effects', 'deny', '/time'])).toMatchObject({ code: 0 })
  const refused = await at.ipvm('alice', ['run', now])
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.err).toContain('tasks.one: /time/now is off on this node')
  expect(refused.err).toContain('ipvm effects allow /time/now')
  await at.ipvm('alice', ['effects', 'allow', '/time/now'])
  expect(await at.ipvm('alice', ['run', now])).toMatchObject({ code: 0 })
})

test('what is set keeps what else is in the config, and leaves no other file', async () => {
  await at.ipvm('bob', ['init'])
  at.file(
    'bob/config.json',
    '{"egress": {"private": ["127.0.0.1:80"]}, "effects": {"/kv/get": true, "/time/now": true}}',
  )
  await at.ipvm('bob', ['effects', 'deny', '/kv'])
  expect(config('bob')).toEqual({
    egress: { private: ['127.0.0.1:80'] },
    effects: { '/time/now': true, '/kv': false },
  })
  const folder = readdirSync(join(at.folder, 'bob')).filter(name => name.startsWith('config'))
  expect(folder).toEqual(['config.json'])
  const wrong = await at.ipvm('bob', ['effects', 'allow', '/time/now', 'https://*'])
  expect(wrong).toMatchObject({ code: 2 })
  expect(wrong.err).toContain('takes no list')
})

test.each([
  ['{"effects": {"/time/now": 3}}', 'effects["/time/now"]: write true, false or'],
  ['{"effects": {"/time/noon": true}}', 'effects["/time/noon"]: this node has no such effect'],
  ['{"effects": {"/time/now": {"zone": 1}}}', 'effects["/time/now"].zone: there is no such setting'],
  ['{"effect": {}}', 'effect: there is no such setting'],
  ['{"custom": ["./gone.ts"]}', 'gone.ts cannot be loaded'],
  ['{"effects": ', 'it is not JSON'],
  ['[]', 'it is no JSON object'],
])('a wrong config is told with its path, and nothing runs: %s', async (text, said) => {
  await at.ipvm('carol', ['init'])
  at.file('carol/config.json', text)
  for (const args of [['effects'], ['ps']]) {
    const { code, err } = await at.ipvm('carol', args)
    expect(code).toBe(2)
    expect(err).toContain('carol/config.json')
    expect(err).toContain(said)
  }
})

test('effects of her own are named by the config, beside it, and can be turned off', async () => {
  await at.ipvm('dora', ['init'])
  at.file('dora/own.mjs', effectsSource)
  at.file('dora/config.json', '{"custom": ["./own.mjs"]}')
  const ask = at.file('ask.json', workflow('/test/ask', { what: 'time' }))
  expect((await at.ipvm('dora', ['run', ask])).out).toContain('the time')
  expect((await at.ipvm('dora', ['effects'])).out).toMatch(/^\/test\/ask +query +on +your own$/m)
  await at.ipvm('dora', ['effects', 'deny', '/test/ask'])
  expect((await at.ipvm('dora', ['run', ask])).err).toContain('/test/ask is off on this node')
})

test.each([
  [
    '/http/get',
    '["like", ".url", "https://example.com/*"]',
    { url: 'https://example.com/tea' },
    { url: 'https://example.net/' },
  ],
  [
    '/file/write',
    '["like", ".path", "/srv/data/*"]',
    { path: '/srv/data/a', content: 'x' },
    { path: '/srv/database', content: 'x' },
  ],
  ['/msg/send', '["like", ".to", "*@example.com"]', { to: 'ann@example.com' }, { to: 'ann@example.net' }],
])(
  'whether a delegation allows %s with these arguments is told before anything runs',
  async (cmd, policy, good, bad) => {
    await at.ipvm('eve', ['init'])
    const { out: eve } = await at.ipvm('eve', ['key', 'new', `agent${cmd.replaceAll('/', '-')}`])
    const file = `given${cmd.replaceAll('/', '-')}.ucan`
    const given = await at.ipvm('eve', ['delegate', eve.trim(), '--cmd', cmd, '--policy', `[${policy}]`, '-o', file])
    expect(given.err).toContain('Delegation baf')
    const asked = (args: object) =>
      at.ipvm('eve', ['inspect', file, '--for', eve.trim(), '--cmd', cmd, '--args', JSON.stringify(args)])
    expect(await asked(good)).toMatchObject({ code: 0, out: expect.stringMatching(/^allowed/) })
    const refused = await asked(bad)
    expect(refused).toMatchObject({ code: 1, out: expect.stringMatching(/^not allowed/) })
    expect(refused.out).toContain(JSON.parse(policy)[1])
  },
)

test('a folder that is allowed is written down as it is, and a password in a setting is not shown', async () => {
  await at.ipvm('finn', ['init'])
  expect(await at.ipvm('finn', ['effects', 'allow', '/file', './data'])).toMatchObject({ code: 0 })
  expect(config('finn').effects['/file']).toEqual({ folders: [join(at.folder, 'data')] })
  await at.ipvm('finn', ['effects', 'allow', '/file/read', './more'])
  expect(config('finn').effects['/file/read'].folders).toHaveLength(2)
  await at.ipvm('finn', ['effects', 'deny', '/file/read', './data'])
  expect(config('finn').effects['/file/read'].folders).toEqual([join(at.folder, 'more')])
  const mail = { url: 'smtps://ann:hunter2@mail.example.com', from: 'ann@example.com', allow: ['*'] }
  at.file('finn/config.json', JSON.stringify({ effects: { '/msg/send': mail } }))
  for (const args of [
    ['effects'],
    ['effects', '/msg/send'],
    ['effects', '--json'],
    ['effects', 'allow', '/msg/send', 'b@c.de'],
  ]) {
    const { out, err } = await at.ipvm('finn', args)
    expect(out + err).not.toContain('hunter2')
  }
  expect(config('finn').effects['/msg/send'].url).toBe(mail.url)
})
