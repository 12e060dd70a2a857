import { expect, test } from 'vitest'
import * as v from 'valibot'
import { builtIn } from './maker.ts'
import { readSwitches } from './switches.ts'

const about = { summary: '', result: '', example: { args: {} } }
const done = { run: async () => ({ ok: null }) }
const of = { class: 'query', args: v.strictObject({}), about } as const
const settings = v.strictObject({ allow: v.array(v.string()) })
const get = builtIn({ ...of, cmd: '/http/get', settings, make: () => done })
const head = builtIn({ ...of, cmd: '/http/head', settings, make: () => done })
const now = builtIn({ ...of, cmd: '/time/now', settings: v.strictObject({}), isOn: true, make: () => done })
const all = [get, head, now]

function cmds(read: ReturnType<typeof readSwitches>) {
  return 'ok' in read ? { on: read.ok.on.map(({ cmd }) => cmd), off: read.ok.off.map(({ cmd }) => cmd) } : read.error
}

test('what is harmless is on, what reaches out is off, until its owner says otherwise', () => {
  expect(cmds(readSwitches({}, all, []))).toEqual({ on: ['/time/now'], off: ['/http/get', '/http/head'] })
  const read = readSwitches(
    { '/http': { allow: ['https://a.example/*'] }, '/http/head': false, '/time': false },
    all,
    [],
  )
  expect(cmds(read)).toEqual({ on: ['/http/get'], off: ['/http/head', '/time/now'] })
})

test('a switch of a longer name counts, segment by segment', () => {
  const read = readSwitches({ '/': false, '/time/now': true }, all, ['/shop/order', '/shop/cancel'])
  expect(cmds(read)).toEqual({
    on: ['/time/now'],
    off: ['/http/get', '/http/head', '/shop/order', '/shop/cancel'],
  })
})

test('what is wrong is told with its place', () => {
  const own = ['/shop/order'] as const
  expect(cmds(readSwitches({ '/htp/get': true }, all, own))).toMatchObject({ path: '["/htp/get"]' })
  expect(cmds(readSwitches({ '/http': true, '/http/head': false }, all, own))).toMatchObject({
    path: '["/http"].allow',
    cmd: '/http/get',
    message: 'it has to be set',
  })
  expect(cmds(readSwitches({ '/http/get': { allow: ['x', 3] } }, all, own))).toMatchObject({
    path: '["/http/get"].allow.1',
  })
  expect(cmds(readSwitches({ '/time/now': { zone: 'UTC' } }, all, own))).toMatchObject({
    message: 'there is no such setting',
  })
  expect(cmds(readSwitches({ '/shop/order': { a: 1 } }, all, own))).toMatchObject({ path: '["/shop/order"]' })
})
