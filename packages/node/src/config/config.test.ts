import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { homeOf } from '../home.ts'
import { parseConfig, readConfig } from './config.ts'
import { setSetting, unsetSetting } from './set.ts'
import { allSettings } from './setting.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-settings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const home = homeOf(folder)
const write = (text: string) => writeFileSync(home.config, text)
const written = () => JSON.parse(readFileSync(home.config, 'utf8'))
beforeEach(() => write('{}'))

test('an option outdoes the environment, that the file, that the default, each setting by itself', async () => {
  write('{\n  "serve": {\n    "host": "::1",\n    "port": 1,\n    "drain": 3\n  }\n}')
  const said = {
    env: {
      IPVM_SERVE_PORT: '2',
      IPVM_SERVE_HOST: '0.0.0.0',
      IPVM_SERVE_METRICS: '',
      IPVM_DID_WEB: 'did:web:a.example',
    },
    flags: { 'serve.port': { name: '--port', text: '3' } },
  }
  const read = await readConfig(home, said)
  if ('error' in read) throw new Error(read.error.message)
  const { serve, didWeb, placed } = read.ok
  expect([serve.host, serve.port, serve.drain, serve.metrics, serve.isAsked]).toEqual([
    '0.0.0.0',
    3,
    3,
    'authorised',
    true,
  ])
  expect(didWeb).toBe('did:web:a.example')
  const origin = (key: string) => placed.find(({ setting }) => setting.key === key)?.origin
  expect(['serve.port', 'serve.host', 'serve.drain', 'serve.metrics'].map(origin)).toEqual([
    { type: 'flag', name: '--port' },
    { type: 'env', name: 'IPVM_SERVE_HOST' },
    { type: 'file', path: home.config, line: 5 },
    { type: 'default' },
  ])
  expect(await readConfig(home, {})).toMatchObject({ ok: { serve: { host: '::1', port: 1 } } })
})

test('where nothing is set, a node has its defaults, and is not asked to serve', () => {
  expect(parseConfig('{}', home.config)).toMatchObject({
    ok: { serve: { host: '127.0.0.1', port: 4786, isAsked: false, origins: [] }, network: { public: [], peers: [] } },
  })
})

test('every setting says what it is for, and what is a text can be set in the environment', () => {
  for (const { about, key, env } of allSettings) {
    expect(about, key).toMatch(/\.$/)
    if (!['effects', 'custom'].includes(key)) expect(env).toMatch(/^IPVM_[A-Z0-9_]+$/)
  }
  expect(new Set(allSettings.map(({ env }) => env)).size).toBe(allSettings.length - 1)
})

test('lists are JSON or have commas; paths are from where they are written', () => {
  const env = { IPVM_NETWORK_PUBLIC: '/wasm/run, /block/get', IPVM_SERVE_ORIGINS: '*', IPVM_SERVE_TLS_CERT: 'c.pem' }
  const read = parseConfig('{"serve": {"tls": {"key": "k.pem"}}}', home.config, { env })
  expect(read).toMatchObject({
    ok: {
      network: { public: ['/wasm/run', '/block/get'] },
      serve: { origins: '*', tls: { cert: join(process.cwd(), 'c.pem'), key: join(folder, 'k.pem') } },
    },
  })
})

test.each<[string, RegExp]>([
  [
    '{\n"serve": {\n"prot": 1}}',
    /config\.json:3: serve\.prot: there is no such setting \(did you mean serve\.port\?\)/,
  ],
  ['{"port": 1}', /did you mean serve\.port/],
  ['{"nothing/like/it": 1}', /there is no such setting; ipvm config lists all/],
  ['{\n\n"serve": {"port": "x"}}', /config\.json:3: serve\.port: write a number in place of "x"/],
  ['{"serve": {"port": 1.5}}', /serve\.port: write a whole number in place of 1\.5/],
  ['{"serve": {"drain": -1}}', /serve\.drain: write a number that is >=0/],
  ['{"serve": {"metrics": "of"}}', /write one of "authorised", "loopback", "off" in place of "of"/],
  ['{"serve": 5}', /config\.json:1: serve: write an object/],
  [
    '{"serve": {"trustProxy": ["10.0.0.0/8",\n "10.0.0.1/8"]}}',
    /config\.json:2: serve\.trustProxy\.1: write an address or a range/,
  ],
  ['{"serve": {"origins": ["https://a.example/"]}}', /serve\.origins.*origin/],
  ['{"serve": {"tls": {"cert": "c.pem"}}}', /serve\.tls: key has to be set, too/],
  ['{"network": {"public": ["wasm/run"]}}', /network\.public\.0: write a command/],
  ['{"serve": {"port": 1}, "serve": {"port": "y"}}', /serve\.port: write a number in place of "y"/],
  ['[]', /no JSON object/],
])('%s is refused with the place and what to write', (text, message) => {
  expect(parseConfig(text, home.config)).toMatchObject({
    error: { name: 'InvalidConfig', message: expect.stringMatching(message) },
  })
})

test('what is wrong in the environment or in an option is named by that', () => {
  const inEnv = parseConfig('{}', home.config, { env: { IPVM_SERVE_PORT: '99999' } })
  expect(inEnv).toMatchObject({
    error: { message: 'IPVM_SERVE_PORT=99999: serve.port: a port is a number up to 65535' },
  })
  const flags = { 'serve.port': { name: '--port', text: 'http' } }
  expect(parseConfig('{}', home.config, { flags })).toMatchObject({
    error: { message: expect.stringMatching(/^--port=http: /) },
  })
})

test('settings are put in and taken out, and what else is in the file stays', async () => {
  write('{"effects": {"/http": false}}')
  expect(await setSetting(home, 'serve.port', '4999')).toEqual({ ok: 4999 })
  expect(await setSetting(home, 'network.libp2p.mdns', 'false')).toEqual({ ok: false })
  expect(written()).toEqual({
    effects: { '/http': false },
    serve: { port: 4999 },
    network: { libp2p: { mdns: false } },
  })
  expect(await unsetSetting(home, 'network.libp2p.mdns')).toEqual({ ok: true })
  expect(await unsetSetting(home, 'network.libp2p.mdns')).toEqual({ ok: false })
  expect(written()).toEqual({ effects: { '/http': false }, serve: { port: 4999 } })
  for (const [key, text, message] of [
    ['serve.prot', '1', /did you mean serve\.port/],
    ['serve', '{}', /serve is several settings: serve\.host/],
    ['effects', '{}', /ipvm effects/],
    ['serve.port', 'x', /serve\.port cannot be x: write a number/],
  ] as const) {
    expect(await setSetting(home, key, text)).toMatchObject({ error: { message: expect.stringMatching(message) } })
  }
  expect(written()).toEqual({ effects: { '/http': false }, serve: { port: 4999 } })
})

test('a wrong file is mended by taking out what is wrong, and nothing is put in beside it', async () => {
  write('{"serve": {"port": "x", "drain": "y"}}')
  expect(await setSetting(home, 'didWeb', 'did:web:a.example')).toMatchObject({ error: { name: 'InvalidConfig' } })
  expect(await unsetSetting(home, 'serve.port')).toEqual({ ok: true })
  expect(written()).toEqual({ serve: { drain: 'y' } })
  // A certificate and its key are set one after the other.
  write('{}')
  expect(await setSetting(home, 'serve.tls.cert', '/c.pem')).toEqual({ ok: '/c.pem' })
})

test('of two who set something at once, both are heard', async () => {
  await Promise.all([setSetting(home, 'serve.port', '1'), setSetting(home, 'serve.drain', '2')])
  expect(written()).toEqual({ serve: { port: 1, drain: 2 } })
})
