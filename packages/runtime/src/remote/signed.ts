import { cidKey, error, ok, type Block, type CID, type Failure, type Result } from '@ipvm/ipld'
import {
  anyAllows,
  decodeInvocation,
  delegate,
  findProofs,
  invoke,
  limits,
  promisesIn,
  type Command,
  type Delegation,
  type Invocation,
  type Request,
  type Task,
} from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Authority } from '../authority/authority.ts'
import type { Asking } from '../others/others.ts'
import type { Engine } from '../engine/engine.ts'
import type { RunTask, SentTask } from '../run/task.ts'

/** The key in the `meta` of a task, and of an invocation, under which its config stands. */
const configKey = 'ipvm/config'

/** The key in the `meta` of a delegation that is passed on under which it stands where its subject may be found. */
export const addressesKey = 'ipvm/addresses'

/** The command by which a receipt is asked for. */
export const readCommand: Command = '/receipt/read'

/** An invocation by which another agent is asked for a task. */
export interface Signed {
  readonly invocation: Invocation
  /** Whether its block is stored already. */
  readonly isStored: boolean
}

/** A task whose agent is asked for its receipt by another one, to which that is passed on. */
export interface InPlace extends SentTask {
  readonly agent: Did
}

interface SignContext {
  readonly engine: Engine
  readonly authority: Authority
  readonly journal: { readonly run: CID }
}

/**
 * The invocation of a task that is another agent's: the one that is stored, as long as it may have arrived, or else one that
 * this node signs. What somebody else submitted is signed by them.
 */
export async function signedFor(
  { place, signed, isSignedAnew, label }: RunTask,
  task: Task,
  agent: Did,
  { engine, authority, journal }: SignContext,
): Promise<Result<Signed, Failure>> {
  if (signed && !(isSignedAnew && authority.isExecutor)) {
    const bytes = await engine.store.block(signed)
    const invocation = bytes && decodeInvocation(bytes)
    if (invocation && 'ok' in invocation) return ok({ invocation: invocation.ok, isStored: true })
    // The same task, asked for by other bytes, may be done twice.
    if (place.class === 'mutation') return error(lostInvocation(label, signed))
  }
  if (!authority.isExecutor) return error(notSigned(label, agent))
  const { signer, world } = engine
  const request = { iss: signer.did, sub: agent, cmd: task.cmd, args: task.args }
  const proofs = findProofs((await engine.others?.proofs?.(agent, task.cmd)) ?? [], request, world.now())
  const prf = proofs.map(({ envelope }) => envelope.cid)
  // How it is to be run there, as far as that says so itself.
  const config = place.task.meta?.[configKey]
  const meta = { ...engine.metaFor(journal.run, label), ...(config !== undefined && { [configKey]: config }) }
  const fields = { sub: agent, cmd: task.cmd, args: task.args, nonce: task.nonce, prf, exp: null, iat: world.now() }
  const whole = Object.keys(meta).length > 0 ? { ...fields, meta } : fields
  return ok({ invocation: await invoke(whole, signer), isStored: false })
}

/** The tokens that go with an invocation: its proofs, as far as they are here. */
export async function proofTokens(
  { iss, sub, cmd, prf }: Invocation,
  { engine, authority }: SignContext,
): Promise<readonly Uint8Array[]> {
  const known = new Map<string, Uint8Array>()
  const given = authority.isExecutor ? ((await engine.others?.proofs?.(sub, cmd)) ?? []) : authority.delegations
  for (const { envelope } of given) known.set(cidKey(envelope.cid), envelope.bytes)
  const found = prf.map(async cid => known.get(cidKey(cid)) ?? (await engine.store.block(cid)))
  const tokens = await Promise.all(found)
  return iss === sub ? [] : tokens.filter(token => token !== undefined)
}

/**
 * The delegations by which an agent may read what it is to put in place of promises; undefined where this node, or who
 * submitted it, may not let it.
 *
 * @param until when they end, seconds since 1970
 */
export async function readTokens(
  agent: Did,
  inPlace: readonly InPlace[],
  until: number,
  { engine, authority }: SignContext,
): Promise<readonly Uint8Array[] | undefined> {
  const tokens: Uint8Array[] = []
  for (const other of inPlace) {
    const passed = authority.isExecutor
      ? await ownRead(agent, other, until, engine)
      : await chainOf({ iss: agent, sub: other.agent, cmd: readCommand, args: { task: other.name } }, authority)
    if (!passed) return undefined
    tokens.push(...passed.map(({ envelope }) => envelope.bytes))
  }
  return tokens
}

/** This node's own right to read a receipt, and that it passes it on, for as long as it waits itself. */
async function ownRead(
  agent: Did,
  { agent: other, name }: InPlace,
  until: number,
  { others, signer, store, world }: Engine,
): Promise<readonly Delegation[] | undefined> {
  const now = world.now()
  const given = (await others?.proofs?.(other, readCommand)) ?? []
  const request = { iss: signer.did, sub: other, cmd: readCommand, args: { task: name } }
  if ('error' in (await anyAllows(request, given, { now, revocations: store }))) return undefined
  const chain = findProofs(given, request, now)
  const nonce = world.random(limits.nonceBytes)
  const addresses = (await others?.addresses?.(other)) ?? []
  const meta = addresses.length > 0 ? { meta: { [addressesKey]: addresses } } : {}
  const fields = { ...meta, aud: agent, sub: other, cmd: readCommand, pol: [['==', '.task', name]], nonce, exp: until }
  return [...chain, await delegate(fields, signer)]
}

/** The chain among what came along that lets an agent do something; undefined where there is none. */
export async function chainOf(request: Request, authority: Authority): Promise<readonly Delegation[] | undefined> {
  const { context, delegations } = authority
  if ('error' in (await anyAllows(request, delegations, context))) return undefined
  return findProofs(delegations, request, context.now)
}

/** What an agent is asked. */
export function askingOf(
  agent: Did,
  { envelope, task }: Invocation,
  tokens: readonly Uint8Array[],
  blocks: readonly Block[],
): Asking {
  return { agent, task, tokens: [envelope.bytes, ...tokens], blocks }
}

function notSigned(label: string, agent: Did): Failure {
  const message = `${label} is ${agent}'s to do, and no invocation of it came along that its submitter signed; sign it, and send it with the workflow`
  return { name: 'NotSigned', message }
}

function lostInvocation(label: string, cid: CID): Failure {
  return { name: 'LostInvocation', message: `the invocation ${cid}, by which ${label} was asked for, is gone` }
}

/** Whether another agent is to come to values by itself. */
export function hasPromises({ args }: Pick<Invocation, 'args'>): boolean {
  return promisesIn(args).length > 0
}
