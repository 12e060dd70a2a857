import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'
import { guiltHalfLife, ledgerPeersMax } from './limits.ts'

test('small misdeeds add up, and are forgotten with time', () => {
  let now = 0
  const ledger = new Ledger(() => now)
  expect([1, 2, 3].map(() => ledger.add('bob', 'Garbage'))).toEqual([false, false, true])
  expect(ledger.setAside('bob')).toMatchObject({ why: 'Garbage' })
  now += guiltHalfLife
  expect(ledger.setAside('bob')).toBeDefined()
  now += guiltHalfLife
  expect(ledger.setAside('bob')).toBeUndefined()
  const patient = new Ledger(() => now)
  for (let n = 0; n < 100; n++) {
    patient.add('carol', 'Garbage')
    now += guiltHalfLife * 2
  }
  expect(patient.setAside('carol')).toBeUndefined()
})

test('the worst misdeed is the one that is told', () => {
  const ledger = new Ledger(() => 0)
  ledger.add('bob', 'Flood')
  ledger.add('bob', 'WrongBlock')
  ledger.add('bob', 'Flood')
  expect(ledger.list()).toMatchObject([['bob', { why: 'WrongBlock' }]])
  ledger.forgive('bob')
  expect(ledger.list()).toEqual([])
})

test('however many names a liar has, the ledger stays small and keeps the worst', () => {
  const ledger = new Ledger(() => 0)
  ledger.add('worst', 'WrongBlock')
  for (let n = 0; n < ledgerPeersMax * 2; n++) ledger.add(`peer ${n}`, 'Flood')
  expect(ledger.setAside('worst')).toBeDefined()
})
