import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cidOf, codec } from '@ipvm/ipld'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { build } from 'vite'
import { bytesOf, call, programOf } from '../guests.test-fixture.ts'

const page = fileURLToPath(new URL('browser.test-page.js', import.meta.url))
const photo = new Uint8Array(readFileSync(new URL('../../../../examples/portrait/portrait.png', import.meta.url)))
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = [process.env.CHROMIUM ?? '', ...browsers].find(path => existsSync(path))

/** The page's module, its workers' modules, and the guests, by path. */
async function site(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('../..', import.meta.url)),
    worker: { format: 'es' },
    build: { write: false, target: 'es2022', rollupOptions: { input: page }, modulePreload: false },
  })
  if (!('output' in output)) throw new TypeError('a bundle is one output')
  const scripts = output.output.map(
    part => [`/${part.fileName}`, part.type === 'chunk' ? part.code : part.source] as const,
  )
  const entry = output.output.find(part => part.type === 'chunk' && part.isEntry)?.fileName
  return new Map<string, string | Uint8Array>([
    ...scripts,
    ['/', `<!doctype html><script type="module" src="/${entry}"></script>`],
    ['/add.wasm', bytesOf('guests/add/add')],
    ['/echo.wasm', bytesOf('echo')],
    ['/image.wasm', bytesOf('guests/image/image')],
    ['/portrait.png', photo],
  ])
}

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '': 'text/html' }

async function served(files: ReadonlyMap<string, string | Uint8Array>): Promise<Server> {
  const server = createServer(({ url = '' }, response) => {
    const content = files.get(url)
    response.statusCode = content === undefined ? 404 : 200
    response.setHeader('content-type', types[extname(url)] ?? 'application/octet-stream')
    response.end(content)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

test('for a browser nothing of Node is brought along', async () => {
  for (const content of (await site()).values()) {
    if (typeof content === 'string') expect(content).not.toMatch(/["'`]node:|worker_threads/)
  }
})

test.skipIf(executablePath === undefined)(
  'in Chromium guests run in Web Workers, and the pool survives what they do (skipped: set CHROMIUM to one, or install it)',
  { timeout: 60_000 },
  async () => {
    const server = await served(await site())
    const browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      // Chromium's sandbox does not start for root, which CI is.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    try {
      const visit = await browser.newPage()
      await visit.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      await visit.waitForFunction('globalThis.story !== undefined')
      expect(await visit.evaluate('story.addOne(41)')).toEqual({ ok: 42 })
      // The same bytes as here.
      const turned = call(programOf('guests/image/image'), 'rotate90', [photo])
      if (!('ok' in turned && turned.ok instanceof Uint8Array)) throw new Error('the picture can be turned')
      expect(await visit.evaluate('story.turn()')).toBe(cidOf(codec.raw, turned.ok).toString())
      const ended = { error: { name: 'TimeLimit', limit: 200 }, permanent: false }
      expect(await visit.evaluate('story.spin(200)')).toMatchObject([ended, { ok: 2 }])
      expect(await visit.evaluate('story.crash(1)')).toEqual([{ ok: 6 }, 1])
      expect(await visit.evaluate('story.crash(2)')).toMatchObject([{ error: { name: 'HostFailure' } }, 2])
      expect(await visit.evaluate('story.addOne(6)')).toEqual({ ok: 7 })
    } finally {
      await browser.close()
      server.close()
    }
  },
)
