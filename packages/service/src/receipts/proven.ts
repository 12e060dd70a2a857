import { error, ok, type Result, type ValueMap } from '@ipvm/ipld'
import type { Refusal } from '@ipvm/network'
import { findProofs, invoke, limits, writeContainer, type Command, type Invocation } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { readRequest } from '../invocations/contents.ts'
import { refused } from '../invocations/refusal.ts'
import { askSeconds } from './limits.ts'

/** The command that reads receipts, and by which a peer hears and reconciles them. */
export const readCommand: Command = '/receipt/read'

/** An invocation of this node to another one, with what proves that it may, in a container. */
export async function proven(
  { signer, wallet, world }: Pick<ServiceContext, 'signer' | 'wallet' | 'world'>,
  sub: Did,
  cmd: Command,
  args: ValueMap,
): Promise<Uint8Array> {
  const heap = await wallet.proofs(sub, cmd)
  const proofs = findProofs(heap, { iss: signer.did, sub, cmd, args }, world.now())
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const fields = { sub, cmd, args, prf, nonce: world.random(limits.nonceBytes), exp: world.now() + askSeconds }
  const { envelope } = await invoke(fields, signer)
  return writeContainer([envelope.bytes, ...proofs.map(proof => proof.envelope.bytes)])
}

/** The one invocation of a command in a container, where this node is to obey it. */
export async function obeyed(
  bytes: Uint8Array,
  cmd: Command,
  { runtime, signer, verified }: Pick<ServiceContext, 'runtime' | 'signer' | 'verified'>,
): Promise<Result<Invocation, Refusal>> {
  const contents = await readRequest({ type: 'container', bytes }, signer.did, verified)
  if ('error' in contents) return contents
  const [invocation, ...more] = contents.ok.invocations
  if (!invocation || more.length > 0 || invocation.cmd !== cmd) {
    return error({ name: 'Refused', status: 400, message: `a container with one invocation of ${cmd} is asked for` })
  }
  const judged = await runtime().judge(invocation, contents.ok.brought)
  return 'ok' in judged ? ok(invocation) : refused(judged.error)
}
