import { expect, test } from 'vitest'
import { readBody, readRequestBody, unshared } from './body.ts'

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i)

function inPieces(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 300) controller.enqueue(bytes.slice(at, at + 300))
      controller.close()
    },
  })
}

test.each([undefined, 0, 10, 999, 1000, 1001, 100_000, 1e12])(
  'a body is read whole, whatever it says of its size: %s',
  async size => {
    expect(await readBody(inPieces(), { bytesMax: 5000 }, size)).toEqual(bytes)
    expect(await readBody(inPieces(), { bytesMax: 900 }, size)).toBe('TooLarge')
  },
)

function request(body: ReadableStream<Uint8Array<ArrayBuffer>>): Request {
  const init: RequestInit & { readonly duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
  return new Request('http://bob.example/', init)
}

/** Time that goes on at once, or never. */
const world = (isOver: boolean) => ({
  milliseconds: () => 0,
  after: (_: number, callback: () => void) => {
    if (isOver) callback()
    return () => {}
  },
})

test('a short request is read at one go, and not one byte more than it may have', async () => {
  const read = (bytesMax: number) => readRequestBody(request(inPieces()), 1000, { bytesMax, world: world(false) })
  expect(await read(1000)).toEqual(bytes)
  expect(await read(900)).toBe('TooLarge')
})

test('a short request that does not come is not waited for, and one that breaks off is cut', async () => {
  const nothing = new ReadableStream<Uint8Array<ArrayBuffer>>({})
  expect(await readRequestBody(request(nothing), 10, { bytesMax: 100, world: world(true) })).toBe('TooSlow')
  const broken = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: controller => controller.error(new Error('cut')),
  })
  expect(await readRequestBody(request(broken), 10, { bytesMax: 100, world: world(false) })).toBe('Cut')
})

test('bytes are copied only out of shared memory', () => {
  expect(unshared(bytes).buffer).toBe(bytes.buffer)
  const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(3)
  expect(unshared(shared)).toEqual(Uint8Array.of(3, 3, 3, 3))
  expect(unshared(shared).buffer).not.toBe(shared.buffer)
})
