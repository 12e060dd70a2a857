import { execFileSync } from 'node:child_process'
import { afterAll, expect, test } from 'vitest'
import { place } from './ipvm.test-fixture.ts'

const at = place()
afterAll(at.remove)
const timeout = 60_000

test('settings are listed with where they are from, set and taken back', { timeout }, async () => {
  expect(await at.ipvm('alice', ['config', 'set', 'serve.port', '4999'])).toMatchObject({ code: 0 })
  const env = { IPVM_SERVE_HOST: '0.0.0.0' }
  const { out } = await at.ipvm('alice', ['config'], env)
  expect(out).toMatch(/^serve\.port +4999 +\S+config\.json:3\n {2}The port on which it listens/m)
  expect(out).toMatch(/^serve\.host +0\.0\.0\.0 +IPVM_SERVE_HOST$/m)
  expect(out).toMatch(/^serve\.drain +10 +default$/m)
  const one = await at.ipvm('alice', ['config', 'serve.host', '--json'], env)
  expect(JSON.parse(one.out)).toMatchObject({
    key: 'serve.host',
    value: '0.0.0.0',
    from: { type: 'env' },
    default: '127.0.0.1',
  })
  const wrong = await at.ipvm('alice', ['config', 'set', 'serve.prot', '1'])
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('did you mean serve.port?') })
  const outdone = await at.ipvm('alice', ['config', 'set', 'serve.host', '::1'], env)
  expect(outdone.err).toContain('IPVM_SERVE_HOST is set, too, and counts')
  expect(await at.ipvm('alice', ['config', 'unset', 'serve.port'])).toMatchObject({ code: 0 })
  const flag = await at.ipvm('alice', ['up', '--port', 'http'])
  expect(flag).toMatchObject({ code: 2, err: expect.stringContaining('--port=http: serve.port: write a number') })
})

test('what is not shown of a setting is a password', { timeout }, async () => {
  const mail = { '/msg/send': { server: 'smtps://bob:hunter2@mail.example', from: 'bob@example.com', allow: ['*'] } }
  await at.ipvm('carol', ['config', 'set', 'serve.port', '0'])
  at.file('carol/config.json', JSON.stringify({ effects: mail }))
  for (const args of [['config'], ['config', 'effects'], ['config', '--json']]) {
    const { out } = await at.ipvm('carol', args)
    expect(out).toContain('mail.example')
    expect(out).not.toContain('hunter2')
  }
})

test('a node is looked over, and what fails is in the exit status', { timeout }, async () => {
  await at.ipvm('bob', ['init'])
  const well = await at.ipvm('bob', ['doctor'])
  expect(well).toMatchObject({ code: 0, out: expect.stringMatching(/^ok {4}store .*\n[\s\S]*ok {4}peers/) })
  const ill = await at.ipvm('bob', ['doctor', '--json'], {
    IPVM_SERVE_TLS_CERT: '/no/c.pem',
    IPVM_SERVE_TLS_KEY: '/no/k.pem',
  })
  expect(ill.code).toBe(1)
  const findings = ill.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(findings.filter(({ level }) => level === 'fail')).toMatchObject([{ of: 'tls', advice: expect.any(String) }])
})

const hasSystemd = (() => {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** The properties that are used, and their types, as launchd.plist(5) has them. */
const launchdProperties = {
  ...{ Label: 'string', ProgramArguments: 'array', EnvironmentVariables: 'dict', RunAtLoad: 'true', KeepAlive: 'dict' },
  ...{ SuccessfulExit: 'false', ExitTimeOut: 'integer', StandardOutPath: 'string', StandardErrorPath: 'string' },
}

/** The keys of a property list and the types of their values, but for those of the environment. */
function propertiesIn(list: string): Record<string, string> {
  const pairs = [...list.matchAll(/<key>([A-Z][a-z]\w*)<\/key>\s*<(\w+)/g)]
  return Object.fromEntries(pairs.map(([, key = '', type = '']) => [key, type]))
}

test('the system is told how to keep a node running', { timeout }, async () => {
  await at.ipvm('dave', ['init'])
  const { code, out, err } = await at.ipvm('dave', ['service', '--for', 'systemd', '--user', 'root'])
  expect(code).toBe(0)
  expect(out).toContain(`Environment=IPVM_HOME=${at.folder}/dave`)
  expect(out).toMatch(/^ExecStart=\/\S+node \/\S+ipvm\.js up$/m)
  expect(err).toContain('systemctl enable --now ipvm')
  const unit = at.file('ipvm.service', out)
  if (hasSystemd)
    expect(execFileSync('systemd-analyze', ['verify', unit], { encoding: 'utf8', stdio: 'pipe' })).toBe('')
  const list = await at.ipvm('dave', ['service', '--for', 'launchd'])
  expect(list.out).toMatch(/<key>IPVM_HOME<\/key>\s+<string>\S+dave<\/string>/)
  expect(propertiesIn(list.out)).toEqual(launchdProperties)
  const system = await at.ipvm('dave', ['service', '--for', 'launchd', '--user', '_ipvm'])
  expect(propertiesIn(system.out)).toEqual({ ...launchdProperties, UserName: 'string' })
  expect(await at.ipvm('nobody', ['service'])).toMatchObject({ code: 2 })
})
