import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { build } from 'vite'
import { decodeInvocation, proofsOf, readContainer, validate } from './index.ts'

/** Everything that the two packages export, with all three curves. */
const whole = `export * from '@ipvm/ucan'; export * as varsig from '@ipvm/varsig'`
const bundleBytesMax = 45_000
const now = 1_767_225_600

const page = fileURLToPath(new URL('browser.test-page.js', import.meta.url))
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = [process.env.CHROMIUM ?? '', ...browsers].find(path => existsSync(path))

/** A module and all that it imports as one file, as a browser gets it. */
async function bundled(input: string, source?: string): Promise<string> {
  const virtual = {
    name: 'entry',
    resolveId: (id: string) => (source !== undefined && id === input ? id : undefined),
    load: (id: string) => (source !== undefined && id === input ? source : undefined),
  }
  const output = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    plugins: [virtual],
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input, preserveEntrySignatures: 'strict' },
      modulePreload: false,
    },
  })
  if (!('output' in output)) throw new TypeError('a bundle is one output')
  const chunks = output.output.filter(part => part.type === 'chunk')
  expect(chunks.length).toBe(1)
  return chunks[0]?.code ?? ''
}

test('all of it, with the three curves, is at most 45 kB for a browser', async () => {
  const code = await bundled(fileURLToPath(new URL('whole.js', import.meta.url)), whole)
  expect(code).not.toMatch(/node:/)
  const bytes = gzipSync(code, { level: 9 }).length
  console.log(`@ipvm/ucan and @ipvm/varsig: ${code.length} bytes, ${bytes} gzipped`)
  expect(bytes).toBeLessThanOrEqual(bundleBytesMax)
  expect(bytes).toBeGreaterThan(10_000)
})

test.skipIf(executablePath === undefined)(
  'in Chromium keys are made and stored, then used to delegate and to validate (skipped: set CHROMIUM to one, or install it)',
  { timeout: 60_000 },
  async () => {
    const code = await bundled(page)
    const server = await served(code)
    const browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      // Chromium's sandbox does not start for root, which CI is.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    try {
      const visit = await browser.newPage()
      const { port } = server.address() as AddressInfo
      await visit.goto(`http://127.0.0.1:${port}/`)
      await visit.waitForFunction('globalThis.story !== undefined')
      expect(await visit.evaluate('story.makeKeys()')).toEqual({ exported: false })
      await visit.reload()
      await visit.waitForFunction('globalThis.story !== undefined')
      const told: Told = await visit.evaluate(`story.delegateAndAsk(${now})`)
      expect(told.issuers.map(did => did.slice(0, 12))).toEqual(['did:key:z6Mk', 'did:key:zDna', 'did:key:zQ3s'])
      expect(told.verdicts).toEqual(['ok', 'MatchError', 'InvalidSignature'])
      await expectAccepted(told)
    } finally {
      await browser.close()
      server.close()
    }
  },
)

interface Told {
  readonly executor: `did:key:${string}`
  readonly issuers: readonly string[]
  readonly verdicts: readonly string[]
  readonly invocation: readonly number[]
  readonly container: readonly number[]
}

/** What the browser wrote is accepted by Node too. */
async function expectAccepted({ executor, invocation, container }: Told): Promise<void> {
  const tokens = await readContainer(Uint8Array.from(container))
  const asked = decodeInvocation(Uint8Array.from(invocation))
  if ('error' in tokens || 'error' in asked) throw new Error('what the browser wrote reads back')
  expect(await validate(asked.ok, { now, executor, resolveProof: proofsOf(tokens.ok.tokens) })).toHaveProperty('ok')
}

async function served(code: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/story.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? code : '<!doctype html><script type="module" src="/story.js"></script>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
