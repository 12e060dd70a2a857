import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { effectsSource } from './effects.test-fixture.ts'
import { place, root } from './ipvm.test-fixture.ts'

const at = place()
afterAll(at.remove)
const env = { IPVM_EFFECTS: at.file('effects.mjs', effectsSource) }
const timeout = 120_000
const ok = (label: string) => ({ 'await/ok': label })

function flow(name: string, tasks: unknown, fields = {}): string {
  return at.file(`${name}.json`, JSON.stringify({ 'ipvm/workflow@1': { name, tasks, ...fields } }))
}

test('a node that is up goes on with what was cut off, and takes what others hand over', { timeout }, async () => {
  const path = flow('patient', { wait: { cmd: '/test/wait', args: { file: 'go' } } })
  const cut = at.start('alice', ['run', path], env)
  await cut.said(/wait running/)
  cut.kill('SIGKILL')
  await cut.done
  const up = at.start('alice', ['up'], env)
  await up.said(/Up as process \d+: 1 open runs go on/)
  const other = await at.ipvm(
    'alice',
    ['run', flow('quick', { ask: { cmd: '/test/ask', args: { what: 'time' } } })],
    env,
  )
  expect(other).toMatchObject({ code: 0, out: 'the time\n' })
  await up.said(/quick {2}ended: ok/)
  // A second one waits, and takes over when the first ends.
  const second = at.start('alice', ['up'], env)
  await second.said(/Process \d+ runs this node's workflows; taking over when it ends/)
  up.kill('SIGINT')
  expect(await up.done).toMatchObject({ code: 0, err: expect.stringContaining('can be gone on with') })
  await second.said(/Up as process/)
  at.file('go', '')
  await second.said(/patient {2}ended: ok/)
  second.kill('SIGTERM')
  expect((await second.done).code).toBe(0)
  expect((await at.ipvm('alice', ['ps', '--open'])).out).toBe('Nothing is under way\n')
})

test('what is scheduled is run when it is due, and listed', { timeout }, async () => {
  const path = flow('letter', { pay: { cmd: '/test/pay', args: { to: 'Bob' } } })
  const soon = await at.ipvm('bob', ['schedule', path, '--at', '1s', '--json'], env)
  const { schedule, due } = JSON.parse(soon.out)
  expect(due).toBeGreaterThan(1_700_000_000)
  expect(soon.err).toContain("nobody runs this node's workflows now; keep it up with: ipvm up")
  const daily = await at.ipvm('bob', ['schedule', path, '--cron', '0 7 * * *', '--timezone', 'Europe/Berlin'], env)
  const [, takeBack = ''] = /ipvm unschedule (\S+)/.exec(daily.err) ?? []
  expect((await at.ipvm('bob', ['schedules'])).out).toMatch(/^letter {2}0 7 \* \* \* \(Europe\/Berlin\) {2}due at /m)

  const up = at.start('bob', ['up'], env)
  await up.said(new RegExp(`schedule ${schedule} begun: run baf`))
  await up.said(/letter {2}ended: ok/)
  up.kill('SIGINT')
  await up.done
  const listed = (await at.ipvm('bob', ['schedules', '--json'])).out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(listed.find(one => one.schedule === schedule)).toMatchObject({ name: 'letter', missed: 0, last: due })
  expect((await at.ipvm('bob', ['unschedule', takeBack])).out).toMatch(/^Let go of baf/)
  expect((await at.ipvm('bob', ['schedules'])).out).not.toContain('Europe/Berlin')
})

test('metrics of what was run are scraped', { timeout }, async () => {
  const up = at.start('carol', ['up', '--metrics', '0'], env)
  const url = await up.said(/Metrics: (http:\S+)/)
  await up.said(/Up as process/)
  const add = join(root, 'guests/add/add.wasm')
  expect((await at.ipvm('carol', ['run', add, 'add-one', '1'], env)).out).toBe('2\n')
  expect((await at.ipvm('carol', ['run', add, 'add-one', '1'], env)).err).toContain('reused')
  at.file('gone', '')
  const path = flow('wage', {
    hours: { cmd: '/test/ask', args: { what: 'hours' } },
    pay: { cmd: '/test/pay', args: { to: 'Bob', for: ok('hours') } },
  })
  expect((await at.ipvm('carol', ['run', path], env)).code).toBe(1)
  rmSync(join(at.folder, 'gone'))
  const text = await (await fetch(url)).text()
  for (const line of [
    'ipvm_tasks_settled_total{class="pure",how="ran"} 1',
    'ipvm_tasks_settled_total{class="pure",how="reused"} 1',
    'ipvm_tasks_settled_total{class="query",how="failed"} 1',
    'ipvm_tasks_settled_total{class="mutation",how="withdrawn"} 1',
    'ipvm_memo_hits_total 1',
    'ipvm_runs_ended_total{end="ok"} 2',
    'ipvm_runs_ended_total{end="failed"} 1',
    'ipvm_runs_running 0',
    'ipvm_tasks_running{cmd="/wasm/run"} 0',
    'ipvm_commits_held 0',
  ]) {
    expect(text).toContain(`\n${line}\n`)
  }
  expect(text).toMatch(/^ipvm_gas_total [1-9]\d*$/m)
  expect(text).toMatch(/^ipvm_commit_duration_seconds_count [1-9]\d*$/m)
  const taken = await at.ipvm('dave', ['up', '--metrics', new URL(url).port], env)
  expect(taken).toMatchObject({ code: 2, err: expect.stringContaining('another program listens there') })
  up.kill('SIGINT')
  expect((await up.done).code).toBe(0)
})

test('a run is a part of the trace of whoever called', { timeout }, async () => {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    response.end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const traced = {
    ...env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01`,
  }
  const path = flow('traced', {
    one: { cmd: '/test/ask', args: { what: 'time' } },
    two: { cmd: '/test/ask', args: { what: 'place', of: ok('one') } },
  })
  expect((await at.ipvm('erin', ['run', path], traced)).code).toBe(0)
  const spans = bodies.flatMap(body => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans)
  const byName = new Map(spans.map(span => [span.name, span]))
  expect([...byName.keys()].sort()).toEqual(['one', 'run traced', 'two'])
  for (const span of spans) expect(span.traceId).toBe(traceId)
  expect(byName.get('run traced').parentSpanId).toBe('b7ad6b7169203331')
  expect(byName.get('two').links).toMatchObject([{ spanId: byName.get('one').spanId }])

  // Cut off and gone on with by another process, it is of the same trace.
  bodies.length = 0
  const waiting = flow('later', { wait: { cmd: '/test/wait', args: { file: 'then' } } })
  const cut = at.start('erin', ['run', waiting], traced)
  await cut.said(/wait running/)
  cut.kill('SIGKILL')
  await cut.done
  at.file('then', '')
  expect((await at.ipvm('erin', ['resume', 'last'], { ...traced, TRACEPARENT: '' })).code).toBe(0)
  const later = bodies.flatMap(body => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans)
  expect(later.map(({ traceId: id }) => id)).toEqual([traceId, traceId])

  await new Promise(resolve => server.close(resolve))
  const gone = await at.ipvm('erin', ['run', path], traced)
  expect(gone.code).toBe(0)
  expect(gone.err.match(/spans did not arrive at the collector/g)).toHaveLength(1)
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0
test.skipIf(!canMount)('a full disk holds a run up, and says so, until there is room', { timeout }, async () => {
  const home = mkdtempSync(join(tmpdir(), 'ipvm-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', home])
  try {
    const path = flow('full', { wait: { cmd: '/test/wait', args: { file: 'room' } } })
    const running = at.start('frank', ['run', path, '--home', home], env)
    await running.said(/wait running/)
    const filler = join(home, 'filler')
    const { bavail, bsize } = statfsSync(home)
    writeFileSync(filler, new Uint8Array(bavail * bsize))
    at.file('room', '')
    await running.said(/the disk is full: all waits until there is room/)
    expect((await at.ipvm('frank', ['ps', '--home', home], env)).err).toMatch(/the disk of \S+ is full/)
    rmSync(filler)
    expect(await running.done).toMatchObject({ code: 0, out: 'waited for room\n' })
    expect((await at.ipvm('frank', ['ps', '--home', home], env)).err).toBe('')
  } finally {
    execFileSync('umount', ['-l', home])
  }
})

test('a node that is up answers on this machine; where its port is taken, it says so and goes on', {
  timeout,
}, async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  // The port that nobody has asked for is one that others may have, too: both endings are right.
  const up = at.start('dave', ['up'], env)
  await up.said(/Serving at http:\/\/127\.0\.0\.1:4786|not served over HTTP: 127\.0\.0\.1 port 4786 cannot be used/)
  await up.said(/Up as process/)
  // Others are not told of what is for this machine alone.
  expect(await at.ipvm('dave', ['invite'])).toMatchObject({ code: 2, err: expect.stringContaining('reached nowhere') })
  up.kill('SIGINT')
  expect((await up.done).code).toBe(0)
  // Where somebody asked for a port, it is that or nothing, and that is all that is said.
  const asked = await at.ipvm('dave', ['up', '--port', `${port}`], env)
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('another program listens there') })
  expect(asked.err).not.toContain('Stopping')
  other.close()
})

test('how much is taken of others is set by the config, within what is possible at all', { timeout }, async () => {
  const limits = { IPVM_NETWORK_LIMITS_BODY_BYTES: '8388608', IPVM_NETWORK_LIMITS_FILE_BYTES: '10' }
  const up = at.start('gil', ['up', '--port', '0'], { ...limits, IPVM_NETWORK_PUBLIC: '/block/put' })
  const url = await up.said(/Serving at (http\S+)/)
  await up.said(/Up as process/)
  const asked = await fetch(`${url}/`, { method: 'POST', body: new Uint8Array(8_388_609) })
  expect([asked.status, await asked.text()]).toEqual([413, expect.stringContaining('at most 8388608 bytes')])
  const file = `${url}/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e`
  const put = await fetch(file, { method: 'PUT', body: 'hello world' })
  expect([put.status, await put.text()]).toEqual([413, expect.stringContaining('at most 10 bytes')])
  up.kill('SIGTERM')
  await up.done
  const tooMuch = await at.ipvm('gil', ['config', 'set', 'network.limits.bodyBytes', '33554433'])
  expect(tooMuch).toMatchObject({ code: 2, err: expect.stringContaining('33554432') })
  expect((await at.ipvm('gil', ['config', 'network.limits.bodyBytes'])).out).toContain('The largest request')
})
