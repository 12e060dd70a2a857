// Restate: its server as it comes, a service and its caller in the process that runs this file. Plain JavaScript, so that
// the workspace's type check does not need it installed.
//
// Settings: one node, 24 partitions, each write ahead log forced to the disk, all as the server has them by itself; no
// telemetry. Steps are `ctx.run` of a function that adds one. A workflow is one call over HTTP, answered when it ended.
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { createServer } from 'node:http2'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as restate from '@restatedev/restate-sdk'
import { serve } from './engine.ts'

const platform = `${process.platform}-${process.arch}`
const binary = new URL(`node_modules/@restatedev/restate-server-${platform}/bin/restate-server`, import.meta.url)

const bench = restate.service({
  name: 'bench',
  handlers: {
    chain: async (ctx, length) => {
      let value = 0
      for (let i = 0; i < length; i++) {
        const before = value
        value = await ctx.run(`t${i}`, () => before + 1)
      }
      return value
    },
    fan: async (ctx, width) => {
      const steps = Array.from({ length: width }, (_, i) => ctx.run(`t${i}`, () => i + 1))
      return (await restate.RestatePromise.all(steps)).length
    },
  },
})

async function freePort() {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

async function until(ready) {
  const end = performance.now() + 30_000
  while (!(await ready().catch(() => false))) {
    if (performance.now() > end) throw new Error('Restate was not ready after 30 seconds')
    await sleep(20)
  }
}

await serve(async folder => {
  const [ingress, admin, fabric] = [await freePort(), await freePort(), await freePort()]
  const log = openSync(join(`${folder}.log`), 'a')
  const server = spawn(fileURLToPath(binary), ['--no-logo', '--node-name', 'bench', '--base-dir', folder], {
    env: {
      DO_NOT_TRACK: '1',
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_BIND_ADDRESS: `127.0.0.1:${fabric}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    },
    stdio: ['ignore', log, log],
  })
  const endpoint = createServer(restate.createEndpointHandler({ services: [bench] })).listen(0, '127.0.0.1')
  await new Promise(resolve => endpoint.once('listening', resolve))
  const uri = `http://127.0.0.1:${endpoint.address().port}`
  const call = async (handler, body, headers = {}) => {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }
    const response = await fetch(`http://127.0.0.1:${ingress}/bench/${handler}`, init)
    if (!response.ok) throw new Error(`Restate: ${await response.text()}`)
    await response.text()
  }
  const register = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ uri }) }
  await until(async () => (await fetch(`http://127.0.0.1:${admin}/deployments`, register)).ok)
  await until(async () => {
    await call('fan', 1)
    return true
  })
  return {
    chain: length => call('chain', length),
    fan: width => call('fan', width),
    // The same key again is answered from what is stored.
    one: number => call('fan', 1, { 'idempotency-key': `one-${number}` }),
    close: async () => {
      const ended = new Promise(resolve => server.once('exit', resolve))
      server.kill('SIGTERM')
      const timer = setTimeout(() => server.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
    },
  }
})
