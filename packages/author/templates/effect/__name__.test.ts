import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { effectSuite } from '@ipvm/effects/suite'
import { effect } from './__name__.ts'

// The suite knows from the effect's class what has to hold, and kills real processes in the middle to see whether it does.
effectSuite(test, { effect, module: new URL('./__name__.ts', import.meta.url), open: openService })

/** A service as the effect needs it: it does what it is asked once under each key. */
async function openService() {
  const done = new Set<string>()
  let stalls = false
  const server = createServer((request, response) => {
    if (stalls) return
    done.add(String(request.headers['idempotency-key']))
    response.end('done')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const leave = () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    env: { SERVICE_URL: `http://127.0.0.1:${port}` },
    args: { item: 'tea' },
    refused: [{}, { item: '' }, { item: 7 }, { item: 'tea', more: true }],
    done: () => done.size,
    leave,
    stall: () => {
      stalls = true
    },
    close: leave,
  }
}
