import { ok } from '@ipvm/ipld'
import { readRevocation } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import type { Handler } from './handler.ts'
import { refused } from './refusal.ts'

/** `/ucan/revoke`: whoever says that a delegation no longer counts has proven it by saying so (ADR 27); it is kept. */
export function revoker({ store }: ServiceContext, onRevoked: () => Promise<void>): Handler {
  return {
    provesItself: true,
    answer: async ({ invocation }) => {
      const revocation = await readRevocation(invocation.envelope.bytes)
      if ('error' in revocation) return refused(revocation.error)
      const known = await store.hasBlock(revocation.ok.cid)
      if (!known) await store.commit({ revocations: [revocation.ok] })
      if (!known) void onRevoked()
      return ok({ out: { ok: {} } })
    },
  }
}
