import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from './on-abort.ts'

test('thousands wait for a signal with one listener; who has left is not called', () => {
  const controller = new AbortController()
  const called: number[] = []
  const leave = Array.from({ length: 5000 }, (_, i) => onAbort(controller.signal, () => called.push(i)))
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  for (const [i, go] of leave.entries()) if (i % 1000 !== 0) go()
  controller.abort()
  expect(called).toEqual([0, 1000, 2000, 3000, 4000])
})
