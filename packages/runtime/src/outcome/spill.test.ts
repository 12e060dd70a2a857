import { blockOf, nameOf } from '@ipvm/ipld'
import { bob } from '@ipvm/testing'
import { issueReceipt } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { errorMessageLengthMax } from '../limits.ts'
import { spill, unspill } from './spill.ts'

test('a long error message is shortened, and a receipt is written of it wherever it is cut', async () => {
  for (const before of [errorMessageLengthMax - 1, errorMessageLengthMax - 2]) {
    const text = `${'x'.repeat(before)}😀 and more`
    const { out } = spill({ error: { name: 'GuestError', message: text, value: text } })
    expect(out).toMatchObject({ error: { value: text } })
    const receipt = await issueReceipt({ ran: nameOf('task'), out, exp: null }, bob)
    const message = 'error' in receipt.out ? receipt.out.error.message : ''
    expect(message).toHaveLength(errorMessageLengthMax)
    expect(message.slice(0, before)).toBe('x'.repeat(before))
  }
})

test('a link that is the result itself comes back as the link, whatever it names', async () => {
  const named = blockOf({ of: 'somebody else' })
  for (const out of [{ ok: named.cid }, { error: { name: 'GuestError', message: '', value: named.cid } }]) {
    const { out: kept, blocks } = spill(out)
    const all = new Map([named, ...blocks].map(({ cid, bytes }) => [cid.toString(), bytes]))
    expect(await unspill(kept, async cid => all.get(cid.toString()))).toEqual({ ok: out })
  }
})
