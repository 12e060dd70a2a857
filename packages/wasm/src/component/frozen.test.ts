import { expect, test } from 'vitest'
import { bytesOf } from '../guests.test-fixture.ts'
import { rewrite } from '../sandbox/prepare.ts'
import { freeze, thaw } from './frozen.ts'
import type { PlainProgram } from './program.ts'

function plain(name: string): PlainProgram {
  const rewritten = rewrite(bytesOf(name))
  if ('error' in rewritten) throw new Error(rewritten.error.message)
  return rewritten.ok
}

test.each(['echo', 'compose', 'grower', 'guests/add/add', 'guests/image/image'])('%s comes back as it went', name => {
  const program = plain(name)
  expect(thaw(freeze(program))).toEqual(program)
})

test('what is shared stays shared, and takes its room once', () => {
  const program = plain('compose')
  const [type] = program.functions
  const often = { ...program, functions: Array.from({ length: 10_000 }, () => type).filter(fun => fun !== undefined) }
  const frozen = freeze(often)
  const { functions = [] } = thaw(frozen) ?? {}
  expect(functions).toHaveLength(10_000)
  expect(new Set(functions).size).toBe(1)
  expect(frozen.length).toBeLessThan(freeze(program).length + 200_000)
})

test('what is cut off, or of another form, is nothing', () => {
  const frozen = freeze(plain('echo'))
  for (const length of [0, 3, 4, 50, frozen.length - 1]) expect(thaw(frozen.slice(0, length))).toBeUndefined()
  const other = new TextEncoder().encode('1234{"nodes":[{"list":[]}],"lengths":[]}')
  new DataView(other.buffer).setUint32(0, other.length - 4)
  expect(thaw(other)).toBeUndefined()
})
