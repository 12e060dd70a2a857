import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Result } from '@ipvm/ipld'
import { memoryHub, memoryTransport } from '@ipvm/network/memory'
import { defineEffect, type Effect } from '@ipvm/runtime'
import { alice, bob } from '@ipvm/testing'
import { delegate, type Delegation } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import * as v from 'valibot'
import { homeOf, makeHome } from '../home.ts'
import { IpvmNode } from '../node.ts'
import { realWorld } from '../world.ts'
import { collector, spansIn } from './collector.test-fixture.ts'
import { exportSpans } from './export-spans.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-traces-'))
afterAll(() => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
  rmSync(folder, { recursive: true })
})

function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

const hub = memoryHub({ world: realWorld, random: { fraction: () => 0 } })

/** A node that sends its spans to a collector of its own. */
async function traced(name: string, signer: Signer, effects: readonly Effect[], wallet: readonly Delegation[]) {
  const { url, bodies, close } = await collector()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = url
  const observer = exportSpans('0.1.0', problem => expect.unreachable(problem))
  const home = homeOf(join(folder, name))
  good(await makeHome(home))
  const node = new IpvmNode(home, signer, { workers: 1, effects, wallet: { proofs: async () => wallet }, observer })
  await node.openNetwork([memoryTransport(hub, { name, did: signer.did })])
  good(await node.runtime.open())
  const spans = async () => {
    await node.close()
    await observer.close?.()
    await close()
    return new Map(spansIn(bodies).map(span => [span.name, span]))
  }
  return { node, spans }
}

test('what another agent does is a span below that of the task, in one trace', async () => {
  const print = defineEffect<{ page: string }>({
    ...{ cmd: '/printer/print', class: 'mutation', args: v.strictObject({ page: v.string() }) },
    run: async ({ page }) => ({ ok: `printed ${page}` }),
  })
  const may = await delegate(
    { aud: alice.did, sub: bob.did, cmd: '/printer', nonce: new Uint8Array(12), exp: null },
    bob,
  )
  const bobs = await traced('bob', bob, [print], [])
  const alices = await traced('alice', alice, [], [may])
  const page = { sub: bob.did, cmd: '/printer/print', args: { page: 'one' } }
  const ended = good(await alices.node.run({ 'ipvm/workflow@1': { name: 'gazette', tasks: { page } } }))
  expect(ended.end).toBe('ok')
  const [asked, done] = [await alices.spans(), await bobs.spans()]
  const [run, task] = [asked.get('run gazette'), asked.get('page')]
  expect(task?.parentSpanId).toBe(run?.spanId)
  const there = [...done.values()].find(({ name }) => name.startsWith('run '))
  expect(there).toMatchObject({ traceId: run?.traceId, parentSpanId: task?.spanId })
  const work = [...done.values()].find(span => span !== there)
  expect(work).toMatchObject({ traceId: run?.traceId, parentSpanId: there?.spanId })
  // Whose trace it belongs to is no part of what a task is.
  const receipt = ended.tasks.get('page')?.receipt
  expect(receipt?.ran).toEqual(ended.tasks.get('page')?.task)
})
