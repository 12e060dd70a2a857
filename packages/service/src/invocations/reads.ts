import { error, type CID } from '@ipvm/ipld'
import type { Peer } from '@ipvm/network'
import type { NodeReads } from '@ipvm/network/http/server'
import { covers } from '@ipvm/ucan'
import type { Admission } from '../admission/admission.ts'
import type { ServiceContext } from '../context.ts'
import { authorise } from './authorise.ts'
import { keepBlocks, openBlock } from './blocks.ts'
import { health } from './health.ts'
import { receiptsOf } from './receipts.ts'
import { OwnRecord } from './record.ts'
import { runEvents, workflowStatus } from './workflows.ts'

/** What a node shows over HTTP beside what its network serves. */
export function nodeReads(context: ServiceContext, admission: Admission): NodeReads {
  const record = new OwnRecord(context)
  return {
    did: context.signer.did,
    authorise: async (asked, bearer) => {
      const shunned = admission.shuns(asked.from.name)
      if (shunned) return error(shunned)
      const allowed = await authorise(asked, bearer, context)
      if ('error' in allowed) admission.refused(asked.from.name)
      return allowed
    },
    block: cid => openBlock(cid, context),
    put: blocks => keepBlocks(blocks, context),
    receipts: (task, wait, signal) => receiptsOf(task, { wait, signal }, context),
    workflow: cid => workflowStatus(cid, context),
    events: (workflow, after, signal) => runEvents(workflow, after, signal, context),
    health: () => health(context),
    record: () => record.bytes(),
  }
}

/** A block for a peer that was not authorised for it by an invocation: what is public, or all that may leave, where it is trusted. */
export async function blockForPeer(cid: CID, { did }: Peer, context: ServiceContext): Promise<Uint8Array | undefined> {
  const isPublic = context.open.some(one => covers(one, '/block/get'))
  const mayHave = isPublic || (did !== undefined && (await context.store.trusts(did)))
  return mayHave ? openBlock(cid, context) : undefined
}
