import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { Metrics } from './metrics.ts'
import { serveMetrics } from './metrics-server.ts'
import { run, tellStory } from './story.test-fixture.ts'

const sample = {
  commands: { '/wasm/run': { queued: 3, running: 2 } },
  runs: { running: 1, queued: 4 },
  heldCommits: 5,
}

test('what a run did is counted, and read as Prometheus reads it', async () => {
  const metrics = new Metrics(() => sample)
  await tellStory(metrics)
  const served = await serveMetrics(metrics, 0)
  if ('error' in served) throw new Error(served.error.message)
  const { url, close } = served.ok
  try {
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await response.text()
    for (const line of [
      'ipvm_tasks_settled_total{class="query",how="ran"} 1',
      'ipvm_tasks_settled_total{class="pure",how="reused"} 1',
      'ipvm_tasks_settled_total{class="mutation",how="failed"} 1',
      'ipvm_memo_hits_total 1',
      'ipvm_gas_total 1234',
      'ipvm_task_retries_total{cmd="/http/get"} 2',
      'ipvm_mutations_unknown_total 1',
      'ipvm_runs_ended_total{end="failed"} 1',
      'ipvm_task_duration_seconds_count{cmd="/wasm/run"} 1',
      'ipvm_commit_duration_seconds_bucket{le="0.005"} 1',
      'ipvm_commit_duration_seconds_bucket{le="0.002"} 0',
      'ipvm_tasks_queued{cmd="/wasm/run"} 3',
      'ipvm_tasks_running{cmd="/wasm/run"} 2',
      'ipvm_runs_queued 4',
      'ipvm_commits_held 5',
    ]) {
      expect(text).toContain(`\n${line}\n`)
    }
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
    expect(text).not.toContain('hunter2')
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  } finally {
    await close()
  }
  expect(() => metrics.event({ run, seq: 99, at: 0, type: 'ended', end: 'ok' })).not.toThrow()
})

test('a port that is taken is refused, with what to do', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const served = await serveMetrics(new Metrics(() => sample), port)
  expect(served).toEqual({
    error: {
      name: 'PortUnusable',
      message: `port ${port} cannot be used: another program listens there; choose another one, or 0 for any`,
    },
  })
  await new Promise(resolve => other.close(resolve))
})
