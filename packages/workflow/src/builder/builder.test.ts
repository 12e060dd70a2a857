import { cidOf, codec } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { compile, layOut, workflow } from '../index.ts'
import { good, traitsOf } from '../layout/commands.test-fixture.ts'

const mod = cidOf(codec.raw, new TextEncoder().encode('a module'))

test('a workflow says what undoes a mutation, what stands by, what is secret, and who is asked about a failure', async () => {
  const draft = workflow(
    'order',
    ({ task }) => {
      const key = task('key', { cmd: '/http/get', args: { about: 'key' } }, { secret: true })
      const total = task('total', { mod, fun: 'sum', params: [1, 2] }, { config: { retry: { max: 2 } } })
      task('cached', { mod, fun: 'cached', params: [] }, { standby: true })
      const pay = task('pay', { cmd: '/msg/send', args: { total }, meta: { note: 'once' } })
      task('refund', { cmd: '/msg/send', args: { pay } }, { compensates: pay })
      task('signed', { mod, fun: 'sign', params: [key, pay] })
    },
    { catch: { mod, fun: 'handle' }, parent: [mod, 'crop'], config: { priority: 7 } },
  )
  const { workflow: flow } = good(await compile(draft))
  expect(flow).toMatchObject({ catch: { mod, fun: 'handle' }, parent: [mod, 'crop'], config: { priority: 7 } })
  expect(flow.tasks.pay?.meta).toEqual({ note: 'once', 'ipvm/compensate': 'refund' })
  const { tasks } = good(layOut(flow, traitsOf))
  const labels = (of: (task: (typeof tasks)[number]) => boolean) => tasks.filter(of).map(({ label }) => label)
  expect(labels(({ standby }) => standby).sort()).toEqual(['cached', 'refund'])
  expect(labels(({ secret }) => secret)).toEqual(['key', 'signed'])
  expect(labels(({ config }) => config.retry.max === 2)).toEqual(['total'])
  expect(tasks.find(({ label }) => label === 'pay')?.compensate).toBe(tasks.findIndex(t => t.label === 'refund'))
})

test('none of it is in the name of a task', async () => {
  const names = async (secret: boolean) => {
    const draft = workflow('one', ({ task }) => {
      task('t', { mod, fun: 'f', params: [] }, secret ? { secret, standby: true, config: { priority: 1 } } : {})
    })
    return good(layOut(good(await compile(draft)).workflow, traitsOf)).tasks.map(({ name }) => name.toString())
  }
  expect(await names(true)).toEqual(await names(false))
})

test('a label is used once, and a task is undone by one other', () => {
  const send = { cmd: '/msg/send', args: {} } as const
  const twice = () =>
    workflow('w', ({ task }) => {
      task('a', send)
      task('a', send)
    })
  const undoneTwice = () =>
    workflow('w', ({ task }) => {
      const pay = task('pay', send)
      task('refund', send, { compensates: pay })
      task('again', send, { compensates: pay })
    })
  expect(twice).toThrow('the label "a" is used twice')
  expect(undoneTwice).toThrow('"pay" is compensated by "refund" already')
})
