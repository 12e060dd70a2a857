// DBOS: the library in the process that runs this file, on a PostgreSQL of its own. Plain JavaScript, so that the
// workspace's type check does not need it installed.
//
// Settings: PostgreSQL and DBOS as they come (synchronous commit, fsync on, DBOS's own pool). Steps are `DBOS.runStep` of a
// function that adds one. The start makes the database files, which takes about a second.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { serve } from './engine.ts'

async function chainOf(length) {
  let value = 0
  for (let i = 0; i < length; i++) {
    const before = value
    value = await DBOS.runStep(async () => before + 1, { name: `t${i}` })
  }
  return value
}

async function fanOf(width) {
  const steps = Array.from({ length: width }, (_, i) => DBOS.runStep(async () => i + 1, { name: `t${i}` }))
  return (await Promise.all(steps)).length
}

const chain = DBOS.registerWorkflow(chainOf, { name: 'chain' })
const fan = DBOS.registerWorkflow(fanOf, { name: 'fan' })

/** PostgreSQL refuses to run as root, so it gets the user that Debian's package makes for it. */
function owner() {
  if (process.getuid?.() !== 0) return {}
  const of = option => Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: of('-u'), gid: of('-g') }
}

function binary(name) {
  const versions = ['17', '16', '15', '14'].map(version => `/usr/lib/postgresql/${version}/bin/${name}`)
  return versions.find(path => existsSync(path)) ?? name
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

await serve(async () => {
  const as = owner()
  // Not in the folder that was given: that is closed to other users.
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-dbos-'))
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid)
  const made = spawnSync(binary('initdb'), ['-D', `${folder}/data`, '-U', 'bench', '-A', 'trust'], {
    ...as,
    cwd: folder,
  })
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`)
  const port = await freePort()
  const log = openSync(join(folder, 'log'), 'a')
  const options = ['-D', `${folder}/data`, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-k', folder]
  const server = spawn(binary('postgres'), options, { ...as, cwd: folder, stdio: ['ignore', log, log] })
  const systemDatabaseUrl = `postgresql://bench@127.0.0.1:${port}/bench_dbos`
  DBOS.setConfig({
    name: 'bench',
    applicationVersion: '1',
    systemDatabaseUrl,
    logLevel: 'error',
    runAdminServer: false,
  })
  for (let tries = 1; ; tries++) {
    try {
      await DBOS.launch()
      break
    } catch (thrown) {
      if (tries === 200) throw thrown
      await sleep(20)
    }
  }
  return {
    chain: async length => void (await chain(length)),
    fan: async width => void (await fan(width)),
    // The same workflow ID again is answered from what is stored.
    one: async number => {
      const handle = await DBOS.startWorkflow(fan, { workflowID: `one-${number}` })(1)
      await handle.getResult()
    },
    close: async () => {
      await DBOS.shutdown()
      const ended = new Promise(resolve => server.once('exit', resolve))
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
