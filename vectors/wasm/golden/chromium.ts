import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build } from 'vite'
import { guestBytes } from './file.ts'
import type { Call, Ran } from './run-case.ts'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser that CHROMIUM names, or that is installed; undefined where there is none. */
export const chromiumPath: string | undefined = [process.env.CHROMIUM ?? '', ...browsers].find(path => existsSync(path))

/** Makes the calls in a worker of a page of the browser at this path. */
export async function runInChromium(
  executablePath: string,
  calls: readonly Call[],
): Promise<{ readonly version: string; readonly found: readonly Ran[] }> {
  const server = await serve(await bundle())
  // Chromium's sandbox does not start for root, which CI is.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args })
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new TypeError('a server without a port')
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${address.port}/`)
    const sent = calls.map(call => ({ bytes: Array.from(guestBytes(call.guest)), call }))
    const found: readonly Ran[] = await page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage(${JSON.stringify(sent)})
    })`)
    return { version: browser.version(), found }
  } finally {
    await browser.close()
    server.close()
  }
}

/** The worker and all that it imports as one file. */
async function bundle(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input: fileURLToPath(new URL('worker.js', import.meta.url)) },
      modulePreload: false,
    },
  })
  if (!('output' in output)) throw new TypeError('a bundle is one output')
  const [chunk] = output.output
  return chunk.code
}

async function serve(code: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/worker.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? code : '<!doctype html>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}
