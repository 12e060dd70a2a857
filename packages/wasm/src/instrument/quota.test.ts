import { describe, expect, it } from 'vitest'
import { call, programOf } from '../guests.test-fixture.ts'
import { pageBytes } from '../limits.ts'

// Pages at the start: 1 of `home`, 1 that its start function adds, 1 of `free`.
const grower = programOf('grower')

function withPages(fun: string, params: number[], pages: number): ReturnType<typeof call> {
  return call(grower, fun, params, pages * pageBytes)
}

describe('the memory quota', () => {
  it('counts the memories of all core modules together, those of start functions too', () => {
    expect(withPages('size-shared', [], 3)).toEqual({ ok: 2 })
    expect(withPages('size-shared', [], 2)).toMatchObject({ error: { name: 'MemoryQuota', used: 3 * pageBytes } })
    expect(withPages('size-shared', [], 1)).toMatchObject({ error: { name: 'MemoryQuota', used: 2 * pageBytes } })
    expect(withPages('grow', [4], 7)).toEqual({ ok: 1 })
    expect(withPages('grow', [5], 7)).toMatchObject({ error: { name: 'MemoryQuota', used: 8 * pageBytes } })
  })

  it('counts what memories have from the start before anything runs', () => {
    const echo = programOf('echo')
    const wanted = { name: 'MemoryQuota', used: 2 * pageBytes, limit: pageBytes }
    expect(call(echo, 'echo-u8', [1], pageBytes)).toMatchObject({ error: wanted, permanent: false })
    expect(call(echo, 'echo-u8', [1], 2 * pageBytes)).toEqual({ ok: 1 })
  })

  it('is never -1 to a guest that looks for it', () => {
    const limit = 100 * pageBytes
    const outcome = call(grower, 'fill', [], limit)
    expect(outcome).toEqual({
      error: {
        name: 'MemoryQuota',
        message: `the function wanted ${101 * pageBytes} bytes of memory, where ${limit} are allowed; raise "memory" in its config, or give it less to do`,
        used: 101 * pageBytes,
        limit,
      },
      permanent: false,
    })
  })

  it('does not stand before what is -1 on every machine: the own maximum, and the 2 GiB of the profile', () => {
    expect(withPages('grow-shared', [3], 3000)).toEqual({ ok: 2 })
    expect(withPages('grow-shared', [4], 3)).toEqual({ ok: -1 })
    expect(withPages('grow', [32_768], 3)).toEqual({ ok: -1 })
    expect(withPages('grow', [4_294_967_295], 3)).toEqual({ ok: -1 })
    expect(withPages('grow', [0], 3)).toEqual({ ok: 1 })
  })

  it('leaves the rest of the module as it was', () => {
    const image = programOf('guests/image/image')
    expect(call(image, 'rotate90', [new Uint8Array([1, 2, 3])])).toMatchObject({
      error: { name: 'GuestError', message: expect.stringContaining('not a PNG') },
    })
  })
})
