import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineEffect } from '@ipvm/runtime'
import * as v from 'valibot'

const outbox = join(process.env.IPVM_HOME ?? '.', 'outbox.txt')

/** Sends a bill: a line in the outbox of the mailer's home, one for each key. */
const send = defineEffect({
  cmd: '/mailer/send',
  class: 'mutation',
  idempotent: true,
  args: v.strictObject({ to: v.string(), cents: v.number() }),
  run: async ({ to, cents }, { key }) => {
    const sent = await readFile(outbox, 'utf8').catch(() => '')
    if (!sent.includes(key)) await appendFile(outbox, `${key} ${to} ${cents}\n`)
    return { ok: `billed ${to}: ${cents}` }
  },
})

export default [send]
