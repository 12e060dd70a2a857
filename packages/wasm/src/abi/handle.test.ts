import { describe, expect, it } from 'vitest'
import { HandleTable } from './handle.ts'
import { GuestTrap } from './trap.ts'

const file = 'a:b/c#file'
const door = 'a:b/c#door'

describe('a table of handles', () => {
  it('gives out the number that came back last', () => {
    const table = new HandleTable()
    expect([table.add(file, 5), table.add(file, 6), table.add(file, 7)]).toEqual([1, 2, 3])
    expect([table.take(1, file), table.take(3, file)]).toEqual([5, 7])
    expect([table.add(door, 8), table.add(door, 9), table.add(door, 10)]).toEqual([3, 1, 4])
  })

  it.each([0, 2, 2 ** 32 - 1])('knows no handle %d', index => {
    const table = new HandleTable()
    table.add(file, 5)
    expect(() => table.take(index, file)).toThrow(GuestTrap)
    expect(() => table.lend(index, file)).toThrow(`the handle ${index}, which there is not`)
  })

  it('tells resources apart', () => {
    const table = new HandleTable()
    table.add(file, 5)
    expect(() => table.lend(1, door)).toThrow('the handle 1 is of a:b/c#file, where a:b/c#door is wanted')
  })

  it('keeps what is lent until the call returns', () => {
    const table = new HandleTable()
    table.add(file, 5)
    expect([table.lend(1, file), table.lend(1, file)]).toEqual([5, 5])
    expect(() => table.take(1, file)).toThrow('the handle 1 was given away or dropped while it was borrowed')
    table.endLending()
    expect(table.take(1, file)).toBe(5)
  })
})
