import { expect, test } from 'vitest'
import { Line } from './line.ts'

test('runs begin in their order as there is room, the largest alone, and one that gives up makes way', () => {
  const line = new Line(10)
  const begun: string[] = []
  const enter = (name: string, tasks: number) => line.enter(tasks, () => begun.push(name))
  const leaveA = enter('a', 6)
  const leaveB = enter('b', 6)
  enter('c', 4)
  expect([begun, line.length]).toEqual([['a'], 2])
  leaveB()
  expect([begun, line.length]).toEqual([['a', 'c'], 0])
  const leaveD = enter('d', 100)
  leaveA()
  expect(begun).toEqual(['a', 'c'])
  leaveD()
  expect(line.length).toBe(0)
  enter('e', 6)
  expect(begun).toEqual(['a', 'c', 'e'])
})
