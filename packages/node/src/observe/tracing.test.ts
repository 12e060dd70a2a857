import { afterEach, expect, test } from 'vitest'
import { collector, spansIn } from './collector.test-fixture.ts'
import { exportSpans } from './export-spans.ts'
import { isTracingAsked } from './is-tracing-asked.ts'
import { parseTraceParent } from './trace-parent.ts'
import { run, tellStory } from './story.test-fixture.ts'

afterEach(() => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
})

test('a run and its tasks are spans of one trace, linked as they await each other', async () => {
  const { url, bodies, close } = await collector()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
  const spans = exportSpans('0.1.0', problem => expect.unreachable(problem))
  await tellStory(spans)
  await spans.close?.()
  await close()
  const exported = spansIn(bodies)
  const byName = new Map(exported.map(span => [span.name, span]))
  const whole = byName.get('run newsletter')
  expect([...byName.keys()].sort()).toEqual(['/http/get (secret)', 'draw', 'fetch', 'known', 'run newsletter', 'send'])
  expect(new Set(exported.map(({ traceId }) => traceId)).size).toBe(1)
  // The name of the run is where the trace's id is from: whoever goes on with it goes on with the trace.
  expect(
    Buffer.from(run.multihash.digest)
      .toString('hex')
      .startsWith(whole?.traceId ?? '-'),
  ).toBe(true)
  expect(whole?.parentSpanId).toBeUndefined()
  for (const span of exported) if (span !== whole) expect(span.parentSpanId).toBe(whole?.spanId)
  expect(byName.get('draw')?.links?.map(({ spanId }) => spanId)).toEqual([byName.get('fetch')?.spanId])
  const attributes = Object.fromEntries(byName.get('draw')?.attributes.map(({ key, value }) => [key, value]) ?? [])
  expect(attributes).toMatchObject({
    'ipvm.task.label': { stringValue: 'draw' },
    'ipvm.task.class': { stringValue: 'pure' },
    'ipvm.task.how': { stringValue: 'ran' },
    'ipvm.task.gas': { intValue: 1234 },
    'ipvm.task.receipt': { stringValue: expect.stringMatching(/^bafyrei/) },
  })
  expect(byName.get('fetch')?.events?.map(({ name }) => name)).toEqual(['retrying'])
  expect(byName.get('send')).toMatchObject({ status: { code: 2, message: 'the server said 403 to hunter2' } })
  expect(bodies[0]).toContain('"key":"service.name","value":{"stringValue":"ipvm"}')

  const secret = byName.get('/http/get (secret)')
  expect(secret?.status.code).toBe(2)
  expect(JSON.stringify(secret)).not.toMatch(/hunter2|my-password|baf/)
})

test('a run of a caller that has a trace is part of it', async () => {
  const { url, bodies, close } = await collector()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
  const spans = exportSpans('0.1.0', problem => expect.unreachable(problem))
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await tellStory(spans, { traceparent })
  await spans.close?.()
  await close()
  const exported = spansIn(bodies)
  expect(new Set(exported.map(({ traceId }) => traceId))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']))
  expect(exported.find(({ name }) => name === 'run newsletter')?.parentSpanId).toBe('b7ad6b7169203331')
})

test('a collector that is not there is told of once, and keeps nobody from ending', async () => {
  const { url, close } = await collector()
  await close()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
  const problems: string[] = []
  const spans = exportSpans('0.1.0', problem => problems.push(problem))
  await tellStory(spans)
  await spans.close?.()
  expect(problems).toHaveLength(1)
})

test('spans are asked for by the environment alone', () => {
  expect(isTracingAsked({})).toBe(false)
  expect(isTracingAsked({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBe(false)
  expect(isTracingAsked({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' })).toBe(true)
})

test.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', true],
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', false],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
  ['hello', false],
])('%s is a place in a trace: %s', (text, isOne) => {
  expect(parseTraceParent(text) !== undefined).toBe(isOne)
})
