import { describe, expect, it } from 'vitest'
import { guessedFunctionsMax, guessedNameLengthMax } from '../limits.ts'
import { nearestExport, resolveExport, type ExportedFunction } from './exports.ts'

const type = { params: [] }
const functions: ExportedFunction[] = [
  { name: 'rotate90', type },
  { name: 'add-one', type },
  { name: 'a:b/math@1.0.0#add-one', type },
  { name: 'a:b/math@1.0.0#take-root', shortName: 'take-root', type },
]

describe('the function that a person means', () => {
  it('is found by its exact name first, then by its short name, then by other spellings', () => {
    expect(resolveExport(functions, 'add-one')?.name).toBe('add-one')
    expect(resolveExport(functions, 'a:b/math@1.0.0#add-one')?.name).toBe('a:b/math@1.0.0#add-one')
    expect(resolveExport(functions, 'take-root')?.name).toBe('a:b/math@1.0.0#take-root')
    expect(resolveExport(functions, 'takeRoot')?.name).toBe('a:b/math@1.0.0#take-root')
    expect(resolveExport(functions, 'add_one')?.name).toBe('add-one')
    expect(resolveExport(functions, 'rotate')).toBeUndefined()
  })

  it('is guessed in a message only', () => {
    expect(nearestExport(functions, 'rotat90')).toBe('rotate90')
    expect(nearestExport(functions, 'takeRot')).toBe('a:b/math@1.0.0#take-root')
    expect(nearestExport(functions, 'encrypt')).toBeUndefined()
  })
  it('is not guessed among so many, or such long names, that guessing takes long', () => {
    const long = 'f'.repeat(guessedNameLengthMax)
    expect(nearestExport([{ name: long, type }], long.slice(1))).toBe(long)
    expect(nearestExport([{ name: `${long}f`, type }], long)).toBeUndefined()
    expect(nearestExport([{ name: long, type }], `${long}f`)).toBeUndefined()
    const many = Array.from({ length: guessedFunctionsMax }, () => ({ name: 'other', type }))
    expect(nearestExport([...many, { name: 'add-one', type }], 'add-two')).toBeUndefined()
    expect(nearestExport([...many.slice(1), { name: 'add-one', type }], 'add-on')).toBe('add-one')
  })
})
