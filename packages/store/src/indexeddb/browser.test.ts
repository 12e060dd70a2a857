import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { build } from 'vite'

const page = fileURLToPath(new URL('browser.test-page.js', import.meta.url))
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = [process.env.CHROMIUM ?? '', ...browsers].find(path => existsSync(path))

/** The page's module and all that it imports as one file, as a browser gets it. */
async function bundled(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', rollupOptions: { input: page }, modulePreload: false },
  })
  if (!('output' in output)) throw new TypeError('a bundle is one output')
  const chunks = output.output.filter(part => part.type === 'chunk')
  expect(chunks.length).toBe(1)
  return chunks[0]?.code ?? ''
}

test.skipIf(executablePath === undefined)(
  'in Chromium the store does what every store has to do, keeps it for the next visit, and says when the disk is full (skipped: set CHROMIUM to one, or install it)',
  { timeout: 60_000 },
  async () => {
    const code = await bundled()
    expect(code).not.toMatch(/node:/)
    const server = await served(code)
    const browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      // Chromium's sandbox does not start for root, which CI is.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    try {
      const visit = await browser.newPage()
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await visit.goto(origin)
      await visit.waitForFunction('globalThis.story !== undefined')
      const { told, failures }: { told: number; failures: string[] } = await visit.evaluate('story.tellAll()')
      expect(failures).toEqual([])
      expect(told).toBeGreaterThan(9)
      await visit.evaluate('story.keep()')
      await visit.reload()
      await visit.waitForFunction('globalThis.story !== undefined')
      expect(await visit.evaluate('story.find()')).toBe(true)
      const full = await (await browser.newContext()).newPage()
      await full.goto(origin)
      // Before anything is stored: the browser asks for its quota rarely.
      const devtools = await full.context().newCDPSession(full)
      await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 10_000_000 })
      await full.waitForFunction('globalThis.story !== undefined')
      await full.evaluate('story.keep()')
      expect(await full.evaluate('story.fill()')).toMatchObject({
        name: 'StoreFull',
        message: expect.stringContaining('no disk space'),
      })
      expect(await full.evaluate('story.find()')).toBe(true)
    } finally {
      await browser.close()
      server.close()
    }
  },
)

async function served(code: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/story.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? code : '<!doctype html><script type="module" src="/story.js"></script>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
