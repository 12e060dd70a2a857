import { cidOf, codec, nameOf, type Value } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { handlingTask, readHandling } from '../index.ts'

const mod = cidOf(codec.raw, new TextEncoder().encode('a module'))

test('a handler is asked about a failure by a pure task, the same wherever the same failed', () => {
  const task = nameOf('a task')
  const failure = { name: 'OutOfGas', message: 'too much', used: 5 }
  expect(handlingTask({ mod, fun: 'handle' }, { label: 'crop', task, error: failure })).toEqual({
    cmd: '/wasm/run',
    args: { mod, fun: 'handle', params: [{ label: 'crop', task, error: { name: 'OutOfGas', message: 'too much' } }] },
    nonce: new Uint8Array(0),
  })
})

test('it gives a value, another task, or a message', () => {
  for (const handling of [{ ok: null }, { ok: { rewire: 'x' } }, { rewire: 'spare' }, { msg: 'no photo' }])
    expect(readHandling(handling)).toEqual({ ok: handling })
})

test.each<Value[]>([
  [null],
  [{}],
  [{ ok: 1, msg: 'x' }],
  [{ rewire: 5 }],
  [{ retry: 'x' }],
  ['ok'],
  [{ __proto__: null }],
])('%j is none of the three', value => {
  expect(readHandling(value)).toMatchObject({ error: { name: 'InvalidHandling' } })
})
