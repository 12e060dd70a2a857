import { cidOf, codec, nameOf, type Value } from '@ipvm/ipld'
import { compile, layOut, planOf, workflow, type CommandTraits, type Plan } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import { planText } from './plan.ts'

const mod = cidOf(codec.raw, new TextEncoder().encode('a module'))
const traits: Record<string, CommandTraits> = {
  '/wasm/run': { class: 'pure', idempotent: false, secret: true },
  '/http/get': { class: 'query', idempotent: true, secret: true },
  '/kv/put': { class: 'mutation', idempotent: true, secret: true },
  '/msg/send': { class: 'mutation', idempotent: false, secret: true },
}

async function planned(draft: Value, known: readonly string[] = []): Promise<Plan> {
  const compiled = await compile(draft)
  if ('error' in compiled) throw new Error(compiled.error.message)
  const layout = layOut(compiled.ok.workflow, cmd => traits[cmd])
  if ('error' in layout) throw new Error(layout.error.message)
  return planOf(layout.ok, ({ label }) =>
    known.includes(label) ? { receipt: nameOf(label), branch: 'ok' } : undefined,
  )
}

test('a person sees what will run, what is known, what may be tried again, and what happens once', async () => {
  const draft = workflow('order', ({ task }) => {
    const key = task('key', { cmd: '/http/get', args: { url: 'https://example.org' } }, { secret: true })
    const total = task('total', { mod, fun: 'sum', params: [1, 2] })
    const save = task('save', { cmd: '/kv/put', args: { total } }, { config: { retry: { max: 2 } } })
    task('restore', { cmd: '/kv/put', args: {} }, { compensates: save })
    const check = task('check', { mod, fun: 'check', params: [save.settled] })
    task('mail', { cmd: '/msg/send', args: { check, key } })
    task('explain', { mod, fun: 'explain', params: [total.error] }, { config: { retry: { max: 1 } } })
  })
  expect(planText(await planned(draft, ['total'])).replaceAll(/baf\w+/g, 'CID')).toMatchInlineSnapshot(`
    "Queries, which change nothing
      key      /http/get              tried up to 5 times; secret

    Computed here, or known
      total    /wasm/run sum          known (ok), CID
      explain  /wasm/run explain      after total (its error); tried once

    Mutations, once all of the above has settled and nothing failed
      save     /kv/put {"total":"…"}  after total; sent up to 2 times under one key; undone by restore
      mail     /msg/send              after check, key; once, never again by itself; secret

    What awaits mutations
      check    /wasm/run check        after save (either way); tried up to 5 times

    On standby: runs only when it is called upon
      restore  /kv/put                sent up to 5 times under one key; undoes save

    7 tasks: 1 known, 5 to run, 2 of them mutations, 1 on standby"
  `)
})

test('what a stranger wrote moves no cursor, and a large workflow fills no screen', async () => {
  const draft = workflow('fan', ({ task }) => {
    for (let i = 0; i < 60; i++) task(`t${i}\u001b[2J\n`, { mod, fun: 'f\u0007', params: [i] })
  })
  const text = planText(await planned(draft))
  expect(text.split('\n')).toHaveLength(54)
  expect(text).toContain('… and 10 more')
  expect(text).not.toMatch(/\p{Cc}(?<!\n)/u)
})
