import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { defineEffect } from '@ipvm/runtime'
import * as v from 'valibot'

const home = process.env.IPVM_HOME ?? '.'
const asked = join(home, 'asked.txt')

/** What a customer has ordered, as the table in the database's home says; it takes a moment to look it up. */
const query = defineEffect({
  cmd: '/db/query',
  class: 'query',
  args: v.strictObject({ customer: v.string() }),
  run: async ({ customer }, { signal }) => {
    await appendFile(asked, `${customer}\n`)
    const orders: Readonly<Record<string, number>> = JSON.parse(await readFile(join(home, 'orders.json'), 'utf8'))
    await wait(Number(process.env.LOOK_UP ?? 300), undefined, { signal })
    const total = orders[customer]
    if (total !== undefined) return { ok: total }
    return { error: { name: 'NoCustomer', message: `${customer} has ordered nothing` }, verdict: 'final' }
  },
})

export default [query]
