import { defineEffect } from '@ipvm/runtime'
import * as v from 'valibot'

/**
 * `{item}` → what the service said. The service is asked with an `Idempotency-Key`, which is the same however often it has to be
 * asked: so it does it once, and this effect may call itself idempotent.
 */
export const effect = defineEffect({
  cmd: '/custom/__name__',
  class: 'mutation',
  idempotent: true,
  args: v.strictObject({ item: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) }),
  run: async ({ item }, { key, signal }) => {
    const service = process.env.SERVICE_URL ?? 'http://127.0.0.1:8080'
    try {
      const headers = { 'Idempotency-Key': key, 'Content-Type': 'application/json' }
      const answer = await fetch(service, { method: 'POST', headers, body: JSON.stringify({ item }), signal })
      if (answer.ok) return { ok: await answer.text() }
      const error = { name: 'Refused', message: `the service answered ${answer.status}` }
      // 5xx: it may be otherwise next time. Anything else is an answer that stays.
      return { error, verdict: answer.status >= 500 ? 'unknown' : 'final' }
    } catch (thrown) {
      const error = { name: 'Unreachable', message: `${service} does not answer: ${thrown}` }
      // Where there was no connection, nothing was done; where it was lost, nobody knows.
      return { error, verdict: isRefused(thrown) ? 'again' : 'unknown' }
    }
  },
})

function isRefused(thrown: unknown): boolean {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}

export default [effect]
