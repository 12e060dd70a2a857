import { error, ok, type CID, type Result } from '@ipvm/ipld'
import {
  covers,
  decodeDelegation,
  validate,
  type Command,
  type Delegation,
  type Invocation,
  type ResolveProof,
  type ValidationContext,
  type VerifiedTokens,
} from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { Authority, type Grant } from '../authority/authority.ts'
import type { Engine } from '../engine/engine.ts'
import { judgedMilliseconds } from '../limits.ts'
import type { Brought } from './brought.ts'
import { aboutAnother, type SubmitFailure } from './failure.ts'
import { faultOfSigned } from './signed.ts'

/** An invocation that may be obeyed here, and by which proofs; what it asks for was not looked at yet. */
export interface Judged {
  readonly invocation: Invocation
  /** Root first; none, where it needs none. */
  readonly proofs: readonly Delegation[]
  readonly brought?: Brought
  /** When all of it held, by the world's clock; absent where that depends on a promise, or was not looked at. */
  readonly at?: number
}

/** By what invocations are judged. */
export interface JudgeContext {
  readonly verified: VerifiedTokens
  /** Has another thread check the signature. */
  readonly aside?: boolean
}

/**
 * Whether an invocation may be obeyed here: it is for this node and about it, and its chain of proofs holds, or its command
 * is one that anybody may invoke. Failures: those of `validate`, and `InvalidSubject`.
 */
export async function judge(
  invocation: Invocation,
  engine: Engine,
  { verified, aside = false }: JudgeContext,
  brought?: Brought,
): Promise<Result<Judged, SubmitFailure>> {
  const { store, signer, world } = engine
  const resolveProof: ResolveProof = cid => brought?.delegation(cid) ?? store.block(cid)
  const about = { now: world.now(), revocations: store, verified, executor: signer.did, aside }
  const judged = isOpen(engine, invocation.cmd)
    ? await signedOnly(invocation, about)
    : await chainOf(invocation, { ...about, resolveProof })
  if ('error' in judged) return judged
  if (!sameDid(invocation.sub, signer.did)) return error(aboutAnother(invocation.sub, signer.did))
  const { proofs, holds } = judged.ok
  // What may change was looked at last.
  return ok({ invocation, proofs, ...(brought && { brought }), ...(holds && { at: world.milliseconds() }) })
}

/**
 * What who asks may have done: by the proofs of what they ask, and by what came along and leads to them, or to whoever is to
 * read for their tasks.
 */
export function authorityOf(
  { invocation: { iss, cmd, args }, proofs, brought, at }: Judged,
  { delegations = [], readers = [], only }: AuthorityOptions,
  { open, signer, store, world }: Engine,
  verified: VerifiedTokens,
): Authority {
  const context = () => ({ now: world.now(), at: world.milliseconds(), revocations: store, verified, open })
  const areMore = brought?.delegations.some(one => !proofs.includes(one)) ?? false
  const leading = areMore ? [iss, signer.did, ...readers].flatMap(did => brought?.leadingTo(did) ?? []) : []
  const judged = at === undefined ? undefined : { cmd, args, until: at + judgedMilliseconds }
  const all = [...new Set([...proofs, ...delegations, ...leading])]
  return new Authority(iss, signer.did, all, context, { only, judged })
}

interface AuthorityOptions {
  /** More that it may be proven by. */
  readonly delegations?: readonly Delegation[]
  /** Other agents that do some of the tasks. */
  readonly readers?: Iterable<Did>
  /** What the request itself lets be done at most. */
  readonly only?: readonly Grant[] | undefined
}

/** Whether anybody may invoke a command here. */
export function isOpen({ open }: Pick<Engine, 'open'>, cmd: Command): boolean {
  return open.some(one => covers(one, cmd))
}

type Proven = Promise<Result<{ readonly proofs: readonly Delegation[]; readonly holds: boolean }, SubmitFailure>>

async function signedOnly(
  invocation: Invocation,
  context: Pick<ValidationContext, 'aside' | 'executor' | 'now'>,
): Proven {
  const fault = await faultOfSigned(invocation, context)
  return fault ? error(fault) : ok({ proofs: [], holds: true })
}

async function chainOf(invocation: Invocation, context: ValidationContext): Proven {
  const allowed = await validate(invocation, context)
  if ('ok' in allowed) return ok({ proofs: allowed.ok.proofs, holds: true })
  // All else is in order; what depends on a promise is judged again when that is settled.
  if (allowed.error.name !== 'Unresolved') return allowed
  const proofs: Delegation[] = []
  for (const cid of invocation.prf) {
    const proof = await proofOf(cid, context)
    if (proof) proofs.push(proof)
  }
  return ok({ proofs, holds: false })
}

async function proofOf(cid: CID, { verified, resolveProof }: ValidationContext): Promise<Delegation | undefined> {
  const found = verified?.get(cid) ?? (await resolveProof(cid))
  if (!(found instanceof Uint8Array)) return found
  const decoded = decodeDelegation(found)
  return 'ok' in decoded ? decoded.ok : undefined
}
