import { type CID, error, type Failure, ok, type Result, type ValueMap } from '@ipvm/ipld'
import { decodeDelegation, decodeInvocation, type Delegation, type VerifiedTokens } from '@ipvm/ucan'
import type { RunState } from '@ipvm/store'
import { Authority } from '../authority/authority.ts'
import type { Engine } from '../engine/engine.ts'
import { readWorkflow } from './check.ts'
import type { SubmitFailure } from './failure.ts'
import type { ReadWorkflow } from './read-workflow.ts'

/** A run that was accepted before, read from the store. */
export interface Loaded extends ReadWorkflow {
  readonly state: RunState
  readonly authority: Authority
  readonly runNonce: Uint8Array
  readonly meta?: ValueMap | undefined
  /** The one task was just looked for, and is not known. */
  readonly isUnknown?: boolean
}

/** A block that an accepted run needs is gone, or is not what it was. */
export interface DamagedRun extends Failure {
  readonly name: 'DamagedRun'
}

/** Reads what a run is made of. What its submitter may have done is judged anew, task by task. */
export async function load(
  state: RunState,
  engine: Engine,
  verified: VerifiedTokens,
): Promise<Result<Loaded, SubmitFailure | DamagedRun>> {
  const { store, signer, world } = engine
  const bytes = await store.block(state.invocation)
  const invocation = bytes && decodeInvocation(bytes)
  if (!invocation || 'error' in invocation) return error(damaged(state.run, 'its invocation', state.invocation))
  const { iss, nonce, meta } = invocation.ok
  const delegations: Delegation[] = []
  for (const cid of state.delegations) {
    const delegation = await storedDelegation(cid, engine)
    // One that is gone gives no authority; the task that needs it fails, and says so.
    if (delegation) delegations.push(delegation)
  }
  const context = () => ({ now: world.now(), revocations: store, verified, open: engine.open })
  const read = await readWorkflow(invocation.ok, engine)
  if ('error' in read) return read
  const authority = new Authority(iss, signer.did, delegations, context, read.ok)
  return ok({ ...read.ok, state, authority, runNonce: nonce, meta })
}

async function storedDelegation(cid: CID, { store }: Engine): Promise<Delegation | undefined> {
  const bytes = await store.block(cid)
  const delegation = bytes && decodeDelegation(bytes)
  return delegation && 'ok' in delegation ? delegation.ok : undefined
}

function damaged(run: CID, what: string, cid: CID): DamagedRun {
  const message = `the run ${run} cannot go on: ${what} ${cid} is gone or damaged; import it again, or cancel the run`
  return { name: 'DamagedRun', message }
}
