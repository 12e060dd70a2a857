import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { build } from 'vite'
import { effectsSource } from '../../cli/src/effects.test-fixture.ts'
import { place, root, type Started } from '../../cli/src/ipvm.test-fixture.ts'

/** However busy the machine is. */

/** All of the client, the builder of workflows, and keys that the browser keeps. */
const whole = `
export * from '@ipvm/client'
export { workflow } from '@ipvm/workflow'
export { generateWebKeys, webCryptoSigner } from '@ipvm/varsig'`
const bundleBytesMax = 40_000

const page = fileURLToPath(new URL('browser.test-page.js', import.meta.url))
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = [process.env.CHROMIUM ?? '', ...browsers].find(path => existsSync(path))
const at = place()
afterAll(at.remove)

/** What this bundler puts around an `import()`, for style sheets, is none of ours. */
const plainImports = {
  name: 'plain-imports',
  enforce: 'pre' as const,
  load: (id: string) =>
    id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = load => load()' : undefined,
}

/** The files that a browser gets of a module: the first one, and those that are loaded where they are needed. */
async function bundled(input: string, source?: string): Promise<{ entry: string; chunks: Map<string, string> }> {
  const virtual = {
    name: 'entry',
    resolveId: (id: string) => (source !== undefined && id === input ? id : undefined),
    load: (id: string) => (source !== undefined && id === input ? source : undefined),
  }
  const output = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    plugins: [virtual, plainImports],
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input, preserveEntrySignatures: 'strict' },
      modulePreload: false,
    },
  })
  if (!('output' in output)) throw new TypeError('a bundle is one output')
  const chunks = output.output.filter(part => part.type === 'chunk')
  const entry = chunks.find(({ isEntry }) => isEntry)
  return { entry: entry?.fileName ?? '', chunks: new Map(chunks.map(({ fileName, code }) => [fileName, code])) }
}

test('all of the client is at most 40 kB for a browser, and curves that it lacks are loaded apart', async () => {
  const { entry, chunks } = await bundled(fileURLToPath(new URL('whole.js', import.meta.url)), whole)
  const sizes = new Map([...chunks].map(([name, code]) => [name, gzipSync(code, { level: 9 }).length]))
  console.log(`@ipvm/client, gzipped: ${[...sizes].map(([name, size]) => `${name} ${size}`).join(', ')}`)
  expect([...chunks].filter(([, code]) => /['"`]node:/.test(code)).map(([name]) => name)).toEqual([])
  const apart = [...sizes.keys()].filter(name => name.includes('noble'))
  expect(apart).toHaveLength(1)
  const loaded = [...sizes].filter(([name]) => !apart.includes(name)).reduce((sum, [, size]) => sum + size, 0)
  expect(loaded).toBeLessThanOrEqual(bundleBytesMax)
  expect(chunks.get(entry)?.length).toBeGreaterThan(10_000)
})

test.skipIf(executablePath === undefined)(
  'a page in Chromium works with a node of another origin, that goes away and comes back (skipped: set CHROMIUM to one, or install it)',
  { timeout: 120_000 },
  async () => {
    const server = await served(await bundled(page))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const port = await freePort()
    mkdirSync(join(at.folder, 'bob'))
    writeFileSync(join(at.folder, 'bob/config.json'), JSON.stringify({ serve: { port, origins: [origin] } }))
    const browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      // Chromium's sandbox does not start for root, which CI is.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    const url = `http://127.0.0.1:${port}/`
    let bob = await bobUp()
    try {
      const visit = await (await browser.newContext()).newPage()
      await opened(visit, origin)
      const did: string = await visit.evaluate('story.did()')
      const delegated = await at.ipvm('bob', ['delegate', did, '--cmd', '/', '--json'])
      const proofs: string = JSON.parse(delegated.out).container
      const bobsDid = (await at.ipvm('bob', ['id'])).out.trim()

      await runsWhileBobIsAway(visit, { url, proofs, bobsDid }, async () => {
        bob.kill('SIGKILL')
        await bob.done
        at.file('go', '')
        bob = await bobUp()
      })
      await sendsAfterReload(
        visit,
        origin,
        { url, proofs, did: bobsDid },
        {
          goes: async () => {
            bob.kill('SIGKILL')
            await bob.done
          },
          comes: async () => {
            bob = await bobUp()
          },
        },
      )
    } finally {
      await browser.close()
      server.close()
      bob.kill('SIGTERM')
      await bob.done
    }
  },
)

/** The connection is lost in the middle of a run, and its end is known all the same, each event told once. */
async function runsWhileBobIsAway(
  visit: Page,
  { url, proofs, bobsDid }: { url: string; proofs: string; bobsDid: string },
  isAway: () => Promise<void>,
): Promise<void> {
  const mod = [...readFileSync(join(root, 'guests/add/add.wasm'))]
  const asked = JSON.stringify({ url, proofs, mod, file: 'go' })
  expect(await visit.evaluate(`story.run(${asked})`)).toBe(bobsDid)
  const settled = (events: { event: string; label?: string }[]) =>
    events.filter(({ event }) => event === 'settled').map(({ label }) => label)
  await expect.poll(async () => settled(await visit.evaluate('story.events()'))).toEqual(['add'])
  await isAway()
  const told: {
    end: string
    values: object
    issuers: string[]
    events: { id: number; event: string; label?: string }[]
  } = await visit.evaluate('story.ended()')
  expect(told).toMatchObject({ end: 'ok', issuers: [bobsDid] })
  expect(told.values).toEqual({ add: 42, wait: 'waited for go', ask: 'the waited for go' })
  expect(settled(told.events)).toEqual(['add', 'wait', 'ask'])
  const ids = told.events.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
}

/** What was asked for while Bob was away is sent by the next visit, and done once. */
async function sendsAfterReload(
  visit: Page,
  origin: string,
  known: object,
  bob: { goes(): Promise<void>; comes(): Promise<void> },
): Promise<void> {
  await bob.goes()
  const asked = { cmd: '/test/pay', args: { to: 'Carol' }, note: { bill: 7 } }
  await visit.evaluate(`story.visit(${JSON.stringify({ ...known, asked })})`)
  await expect.poll(() => visit.evaluate('story.waiting()')).toBe(1)
  await opened(visit, origin)
  await bob.comes()
  await visit.evaluate(`story.visit(${JSON.stringify(known)})`)
  await expect.poll(() => visit.evaluate('story.told()')).toEqual([{ note: { bill: 7 }, out: { ok: 'paid Carol' } }])
  await expect.poll(() => visit.evaluate('story.waiting()')).toBe(0)
  expect(readFileSync(join(at.folder, 'paid.txt'), 'utf8')).toBe('Carol\n')
}

/** Bob's node as a process of its own, serving. */
async function bobUp(): Promise<Started> {
  const up = at.start('bob', ['up'], { IPVM_EFFECTS: at.file('effects.mjs', effectsSource) })
  await up.said(/Serving at http/)
  await up.said(/Up as process/)
  return up
}

async function opened(visit: Page, origin: string): Promise<void> {
  await visit.goto(origin)
  await visit.waitForFunction('globalThis.story !== undefined')
}

async function served({ entry, chunks }: { entry: string; chunks: Map<string, string> }): Promise<Server> {
  const server = createServer((request, response) => {
    const code = chunks.get((request.url ?? '').slice(1))
    response.setHeader('content-type', code === undefined ? 'text/html' : 'text/javascript')
    response.end(code ?? `<!doctype html><script type="module" src="/${entry}"></script>`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createSocketServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
