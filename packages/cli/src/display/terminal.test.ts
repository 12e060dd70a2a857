import { stripVTControlCharacters } from 'node:util'
import { nameOf } from '@ipvm/ipld'
import type { Happening } from '@ipvm/runtime'
import { bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { terminalDisplay } from './terminal.ts'

const receipt = await issueReceipt({ ran: nameOf(1), out: { ok: 1 }, exp: null }, bob)

function drawn(columns: number, rows: number, labels: readonly string[]): string[] {
  let written = ''
  const display = terminalDisplay({ columns, rows, write: text => (written += text) })
  display.begin('test')
  const tell = (happening: Happening) => display.event({ run: nameOf(2), seq: 1, at: 0, ...happening })
  tell({ type: 'started', workflow: nameOf(3), labels })
  for (const label of labels) {
    tell({ type: 'running', label, task: nameOf(1) })
    tell({ type: 'settled', label, task: nameOf(1), how: 'ran', receipt, milliseconds: 5 })
  }
  tell({ type: 'ended', end: 'ok' })
  return stripVTControlCharacters(written).split('\n').slice(1, -1)
}

test('a wide terminal shows the whole receipt, a narrow one never a row that wraps', () => {
  expect(drawn(120, 24, ['crop'])[0]).toContain(receipt.cid.toString())
  for (const columns of [20, 40, 60, 80]) {
    for (const line of drawn(columns, 24, ['crop', 'x'.repeat(50)])) expect(line.length).toBeLessThanOrEqual(columns)
    // A wide character takes two cells.
    for (const line of drawn(columns, 24, ['長'.repeat(30)])) expect(line.length).toBeLessThan(columns)
  }
})

test('more tasks than rows are counted, and a terminal that does not know its size gets one', () => {
  const labels = Array.from({ length: 100 }, (_, i) => `t${i}`)
  const lines = drawn(80, 24, labels)
  expect(lines).toHaveLength(20)
  expect(lines.at(-1)).toContain('100 ran')
  expect(drawn(0, 0, ['crop'])[0]).toContain('crop')
})
