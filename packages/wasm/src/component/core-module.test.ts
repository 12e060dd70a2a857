import { linkModule } from '@ipvm/wit/component'
import { describe, expect, it } from 'vitest'
import { bytesOf, call, failureOf, programOf } from '../guests.test-fixture.ts'
import { unknownFunction } from '../sandbox/outcome.ts'
import { functionsOf } from './program.ts'
import { prepare, prepareLinked } from '../sandbox/prepare.ts'

describe('a core module on its own', () => {
  const plain = programOf('core/plain')

  it('is called with numbers, and set up before', () => {
    expect(call(plain, 'add', [2, 40])).toEqual({ ok: 42 })
    expect(call(plain, 'add', [2 ** 31 - 1, 1])).toEqual({ ok: -(2 ** 31) })
    expect(call(plain, 'widen', [-5])).toEqual({ ok: -5 })
    expect(call(plain, 'half', [0.5])).toEqual({ ok: 0.25 })
    expect(call(plain, 'nothing', [])).toEqual({ ok: null })
    expect(call(plain, 'ready', [])).toEqual({ ok: 7 })
  })

  it('says why a function cannot be called', () => {
    expect(unknownFunction(functionsOf(plain), 'two').message).toBe(
      'the function two cannot be called: it has the type () -> (i32, i32), and only numbers can be passed, and one be returned',
    )
    expect(unknownFunction(functionsOf(plain), '_initialize').message).toMatch(
      /^the module has no function _initialize/,
    )
  })

  it('is refused for its code as one in a component is', () => {
    const bytes = Uint8Array.from(bytesOf('core/plain'))
    // i32.add becomes an opcode that there is not.
    bytes[Buffer.from(bytes).indexOf(Buffer.from([0x20, 0x00, 0x20, 0x01, 0x6a])) + 4] = 0xff
    expect(prepare(bytes)).toMatchObject({
      error: { name: expect.stringMatching(/MalformedModule|UnsupportedModule/) },
    })
  })
})

describe('a core module with an embedded world', () => {
  it('is set up by a function that takes and gives nothing, or is refused', () => {
    const bytes = bytesOf('core/plain')
    const linked = linkModule(bytes)
    if ('error' in linked) throw new Error(linked.error.message)
    const instances = linked.ok.instances.map(instance => ({ ...instance, initialize: 'widen' }))
    expect(prepareLinked(bytes, { ...linked.ok, instances })).toMatchObject({
      error: {
        message: expect.stringContaining(
          'the function widen has the core type (i32) -> (i64), where () -> () is needed',
        ),
      },
    })
  })

  const standard = programOf('core/standard')

  it('is called as the component that it says it is', () => {
    expect(call(standard, 'same', ['häuser 😀'])).toEqual({ ok: 'häuser 😀' })
    expect(call(standard, 'is-ready', [])).toEqual({ ok: true })
  })

  it('traps on a handle that it gave back', () => {
    expect(failureOf(call(standard, 'drop-twice', []))).toBe(
      'Trap: the function trapped: the handle 1, which there is not',
    )
  })

  it('may not call out before it is there', () => {
    expect(failureOf(call(programOf('core/eager'), 'run', []))).toBe(
      'Trap: the function trapped: a call of an import out of a start function',
    )
  })
})
