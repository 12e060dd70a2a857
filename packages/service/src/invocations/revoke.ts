import { ok } from '@ipvm/ipld'
import { readRevocation } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import { revocationBytesMax } from '../islands/limits.ts'
import type { Receipts } from '../receipts/receipts.ts'
import { isRevokedBy } from '../receipts/accept.ts'
import type { Handler } from './handler.ts'
import { refused } from './refusal.ts'

const tooLarge = {
  name: 'MalformedArguments',
  message: `a revocation has at most ${revocationBytesMax} bytes, and needs no more than what it revokes`,
}

/** `/ucan/revoke`: whoever says that a delegation no longer counts has proven it by saying so (ADR 27); it is kept. */
export function revoker({ store }: ServiceContext, receipts: Pick<Receipts, 'acceptance' | 'revoked'>): Handler {
  return {
    provesItself: true,
    answer: async ({ invocation }) => {
      if (invocation.envelope.bytes.length > revocationBytesMax) return refused(tooLarge)
      const revocation = await readRevocation(invocation.envelope.bytes)
      if ('error' in revocation) return refused(revocation.error)
      // That its bytes are a block of the store says nothing: anybody might have put them there.
      const known = await isRevokedBy(revocation.ok.revoke, revocation.ok.iss, store)
      if (known) return ok({ out: { ok: {} } })
      const full = await receipts.acceptance.noRoomFor(revocation.ok)
      if (full) return refused(full)
      await store.commit({ revocations: [revocation.ok] })
      void receipts.revoked()
      return ok({ out: { ok: {} } })
    },
  }
}
