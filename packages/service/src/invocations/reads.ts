import { error, type CID } from '@ipvm/ipld'
import type { Peer } from '@ipvm/network'
import type { NodeReads } from '@ipvm/network/http/server'
import { anyAllows, covers, type Command } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Admission } from '../admission/admission.ts'
import type { ServiceContext } from '../context.ts'
import { peerOf, type PeerBook } from '../join/peer-book.ts'
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
    put: (blocks, from) => keepBlocks(blocks, from, context),
    receipts: (task, wait, signal) => receiptsOf(task, { wait, signal }, context),
    workflow: cid => workflowStatus(cid, context),
    events: (workflow, after, signal) => runEvents(workflow, after, signal, context),
    health: () => health(context),
    record: () => record.bytes(),
  }
}

/**
 * A block for a peer that shows no invocation for it: what is public, or what this node lets that peer have by what it gave
 * to it. That its receipts count here lets it have nothing.
 */
export async function blockForPeer(
  cid: CID,
  { did }: Peer,
  context: ServiceContext,
  book: Pick<PeerBook, 'read'>,
): Promise<Uint8Array | undefined> {
  const isPublic = context.open.some(one => covers(one, blockCommand))
  const mayHave = isPublic || (did !== undefined && (await isLet(did, cid, context, book)))
  return mayHave ? openBlock(cid, context) : undefined
}

const blockCommand: Command = '/block/get'

async function isLet(
  iss: Did,
  cid: CID,
  { signer, store, verified, world }: ServiceContext,
  book: Pick<PeerBook, 'read'>,
): Promise<boolean> {
  const peers = await book.read()
  const known = 'ok' in peers ? peerOf(peers.ok, iss) : undefined
  if (!known) return false
  const request = { iss, sub: signer.did, cmd: blockCommand, args: { cid } }
  return 'ok' in (await anyAllows(request, known.given, { now: world.now(), revocations: store, verified }))
}
