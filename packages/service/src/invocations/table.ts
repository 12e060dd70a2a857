import { ok } from '@ipvm/ipld'
import { revokeCommand, type Command } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import { blockReader, blockWriter } from './blocks.ts'
import type { Receipts } from '../receipts/receipts.ts'
import type { Handler } from './handler.ts'
import type { JoinParts } from '../join/admit.ts'
import { joinHandlers } from '../join/handlers.ts'
import { health } from './health.ts'
import { receiptReader, receiptWriter } from './receipts.ts'
import { revoker } from './revoke.ts'
import { workflowReader } from './workflows.ts'

/** Who answers the commands that are no run: a part of a service that has one puts it here. */
export function handlersOf(
  context: ServiceContext,
  receipts: Pick<Receipts, 'acceptance' | 'revoked'>,
  join: JoinParts,
): Map<Command, Handler> {
  return new Map<Command, Handler>([
    ['/receipt/read', receiptReader(context)],
    ['/receipt/write', receiptWriter(context)],
    ['/block/get', blockReader(context)],
    ['/block/put', blockWriter(context)],
    ['/workflow/read', workflowReader(context)],
    ['/node/read', { answer: async () => ok({ out: { ok: health(context) } }) }],
    ...joinHandlers(join),
    [revokeCommand, revoker(context, receipts)],
  ])
}
