import { noNonce, taskName, type Command, type Task } from '@ipvm/ucan'
import { describe, expect, test } from 'vitest'
import { layOut, layOutSpawned, type PlacedTask } from '../index.ts'
import { call, draft, flow, good, traitsOf } from './commands.test-fixture.ts'
import { compile } from '../compile/compile.ts'

const config = { fx: { grants: [{ cmd: '/' }] } }

function task(cmd: Command, about: number): Task {
  return { cmd, args: { about }, nonce: noNonce }
}

async function asker(): Promise<PlacedTask> {
  const { tasks } = good(layOut(await flow({ step: call('step') }, { config }), traitsOf))
  const [step] = tasks
  if (!step) throw new Error('it has one task')
  return step
}

function shapeOf(tasks: readonly PlacedTask[]) {
  return Object.fromEntries(tasks.map(({ label, awaits }) => [label, awaits.map(at => tasks[at]?.label)]))
}

describe('tasks that are asked for', () => {
  test('have labels after who asks, and await each other and nobody else of their run', async () => {
    const step = await asker()
    const [get, put] = [task('/http/get', 1), task('/kv/put', 2)]
    const next: Task = {
      ...{ cmd: '/wasm/run', nonce: noNonce },
      args: { got: { 'await/ok': taskName(get) }, other: { 'await/*': step.name } },
    }
    const { tasks, join } = good(layOutSpawned(step, { fork: [get, put], join: next }, traitsOf))
    expect(shapeOf(tasks)).toEqual({ 'step/fork/0': [], 'step/fork/1': [], 'step/join': ['step/fork/0'] })
    const last = tasks[join ?? -1]
    expect(last).toMatchObject({ label: 'step/join', handled: true, spawned: { root: 'step', depth: 1, as: 'join' } })
    expect(last?.foreign.map(String)).toEqual([step.name.toString()])
    // Its own join goes on in the same chain, and what it asks for beside that is below it.
    const again = good(layOutSpawned(last ?? step, { fork: [put], join: next }, traitsOf))
    expect(Object.keys(shapeOf(again.tasks)).sort()).toEqual(['step/join/2', 'step/join/fork/0'])
    const third = again.tasks[again.join ?? -1] ?? step
    expect(third.spawned).toMatchObject({ asker: 'step/join', root: 'step', depth: 2, chain: { base: 'step', at: 2 } })
    expect(good(layOutSpawned(third, { fork: [], join: put }, traitsOf)).tasks[0]?.label).toBe('step/join/3')
  })

  test('are refused as a document is: with their label', async () => {
    const step = await asker()
    const refused = (fork: Task) => layOutSpawned(step, { fork: [fork] }, traitsOf)
    expect(refused(task('/no/such', 1))).toMatchObject({ error: { name: 'UnknownCommand', path: 'tasks.step/fork/0' } })
    const nonce = new Uint8Array([1])
    expect(refused({ ...task('/wasm/run', 1), nonce })).toMatchObject({ error: { path: 'tasks.step/fork/0.nonce' } })
    let deep = step
    for (let depth = 0; depth < 1000; depth++) {
      const inner = layOutSpawned(deep, { fork: [task('/wasm/run', depth)] }, traitsOf)
      if ('error' in inner) {
        expect(inner.error.message).toContain('nested too deep')
        return
      }
      deep = inner.ok.tasks[0] ?? deep
    }
    throw new Error('it was never too deep')
  })
})

test('a document has no labels that what it asks for would take', async () => {
  for (const label of ['step/fork/0', 'step/join', 'step/join/2', 'step/join/fork/1']) {
    const tasks = { step: call('step'), [label]: call('other') }
    const { workflow } = good(await compile(draft(tasks, { config })))
    expect(layOut(workflow, traitsOf)).toMatchObject({ error: { name: 'InvalidWorkflow', path: `tasks.${label}` } })
    const plain = good(await compile(draft(tasks)))
    expect(layOut(plain.workflow, traitsOf)).toHaveProperty('ok')
  }
})
