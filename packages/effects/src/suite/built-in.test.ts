import { createServer } from 'node:http'
import { once } from 'node:events'
import type { ValueMap } from '@ipvm/ipld'
import type { Effect } from '@ipvm/runtime'
import { mailServer } from '@ipvm/testing/outside'
import { describe, test } from 'vitest'
import { builtInEffects, type Switches } from '../index.ts'
import { effectSuite } from './suite.ts'
import type { OtherSide } from './other-side.ts'

const module = new URL('./built-in.test-fixture.ts', import.meta.url)

/** An effect that comes with ipvm, by what its class says; the processes of the suite make it as a config sets it. */
function builtIn(cmd: string, more: Pick<Effect, 'probe'> = {}): Effect {
  const found = builtInEffects.find(effect => effect.cmd === cmd)
  if (!found) throw new Error(`there is no ${cmd}`)
  return { ...found, ...more, run: () => Promise.reject(new Error('it runs in processes of its own')) }
}

/** A web server that does once under a key what changes something, and counts. */
async function openWeb(switches: (url: string) => Switches, args: (url: string) => ValueMap): Promise<OtherSide> {
  const keys = new Set<string>()
  let stalls = false
  const server = createServer((request, response) => {
    if (stalls) return
    if (request.method !== 'GET') keys.add(String(request.headers['idempotency-key']))
    response.end('done')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const leave = () => {
    server.closeAllConnections()
    server.close()
  }
  const refused = [{}, { url: 'ftp://example.com/' }, { url: `${url}/`, surprise: 1 }]
  return {
    ...{ args: args(url), refused, env: { SWITCHES: JSON.stringify(switches(url)) }, done: () => keys.size },
    ...{ leave, close: leave },
    stall: () => {
      stalls = true
    },
  }
}

/** A mail server, and a place where one can ask what it took. */
async function openMail(hasSent: boolean): Promise<OtherSide> {
  const server = await mailServer()
  const ids = () => server.mails.map(({ text }) => /^Message-ID: <(.*)>/im.exec(text)?.[1])
  const archive = createServer(({ url = '' }, response) => {
    const id = decodeURIComponent(url.slice(1))
    response.writeHead(ids().includes(id) ? 200 : 404).end()
  })
  archive.listen(0, '127.0.0.1')
  await once(archive, 'listening')
  const address = archive.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const settings = {
    ...{ url: `smtp://127.0.0.1:${server.port}`, from: 'news@bob.example', allow: ['*@example.com'], plain: true },
    ...(hasSent && { sent: { url: `http://127.0.0.1:${port}/{id}`, after: 0.1 } }),
  }
  return {
    args: { to: 'ann@example.com', subject: 'Hello', text: 'Hello, Ann!' },
    refused: [{}, { to: 'ann', subject: 'Hello', text: '' }, { to: 'ann@example.com', subject: 'a\nb', text: '' }],
    env: { SWITCHES: JSON.stringify({ '/msg/send': settings }) },
    done: () => server.mails.length,
    leave: () => server.close(),
    close: async () => {
      archive.close()
      await server.close()
    },
  }
}

describe('the web', () => {
  const anywhere = (cmd: string) => (url: string) => ({ [cmd]: { allow: [`${url}/*`] } })
  const hello = (url: string) => ({ url: `${url}/it`, json: 'hello' })
  const [put, post] = [builtIn('/http/put'), builtIn('/http/post')]
  effectSuite(test, { effect: put, module, open: () => openWeb(anywhere('/http/put'), hello) })
  effectSuite(test, { effect: post, module, open: () => openWeb(anywhere('/http/post'), hello) })
  describe('where the key is honoured', () => {
    const honouring = (url: string) => ({ '/http/post': { allow: [{ url: `${url}/*`, honoursKey: true }] } })
    effectSuite(test, { effect: post, module, honoursKey: true, open: () => openWeb(honouring, hello) })
  })
})

describe('mail', () => {
  effectSuite(test, { effect: builtIn('/msg/send'), module, open: () => openMail(false) })
  describe('whose server can be asked', () => {
    const probe = () => Promise.reject(new Error('it runs in processes of its own'))
    effectSuite(test, { effect: builtIn('/msg/send', { probe }), module, open: () => openMail(true) })
  })
})
