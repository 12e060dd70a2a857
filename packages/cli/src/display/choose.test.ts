import { nameOf } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { afterEach, expect, test, vi } from 'vitest'
import { chooseDisplay } from './choose.ts'

const { isTTY } = process.stdout
afterEach(() => {
  vi.restoreAllMocks()
  process.stdout.isTTY = isTTY
})

/** What a result with these characters is printed as. */
async function printedAs(text: string, onTerminal: boolean): Promise<string> {
  process.stdout.isTTY = onTerminal
  let out = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(piece => {
    out += piece
    return true
  })
  const display = await chooseDisplay({ json: true })
  const receipt = await issueReceipt({ ran: nameOf('task'), out: { ok: text }, exp: null }, bob)
  display.event({
    run: nameOf('run'),
    seq: 1,
    at: 0,
    type: 'settled',
    label: 'a',
    task: nameOf('task'),
    how: 'ran',
    milliseconds: 1,
    receipt,
  })
  return out
}

test('JSON does not steer a terminal, and a program gets it as it is', async () => {
  const evil = 'a\u009b2J\u202eb'
  expect(JSON.parse(await printedAs(evil, false)).out.ok).toBe(evil)
  const shown = await printedAs(evil, true)
  expect(shown.endsWith('}\n')).toBe(true)
  expect(JSON.parse(shown).out.ok).toBe('a 2J b')
})
