import { error, type Result, type ValueMap } from '@ipvm/ipld'
import type { Refusal } from '@ipvm/network'
import {
  decodeInvocation,
  findProofs,
  invoke,
  proofsOf,
  readContainer,
  validate,
  VerifiedTokens,
  writeContainer,
  type Command,
  type Invocation,
} from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { askSeconds } from './limits.ts'

/** The command that reads receipts, and by which a peer hears and reconciles them. */
export const readCommand: Command = '/receipt/read'

const nonceBytes = 12

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
  const fields = { sub, cmd, args, prf, nonce: world.random(nonceBytes), exp: world.now() + askSeconds }
  const { envelope } = await invoke(fields, signer)
  return writeContainer([envelope.bytes, ...proofs.map(proof => proof.envelope.bytes)])
}

/** Reads who asks for what, and whether that may be. */
export class Gate {
  readonly #context: Pick<ServiceContext, 'signer' | 'store' | 'world'>
  readonly #verified = new VerifiedTokens()

  constructor(context: Pick<ServiceContext, 'signer' | 'store' | 'world'>) {
    this.#context = context
  }

  /** The one invocation of a command in a container, where its issuer may have this node do it. */
  async read(bytes: Uint8Array, cmd: Command): Promise<Result<Invocation, Refusal>> {
    const { signer, store, world } = this.#context
    const container = await readContainer(bytes)
    if ('error' in container) return refused(container.error.message, 400)
    const { tokens } = container.ok
    const [invocation, ...more] = tokens.flatMap(token => invocationIn(token) ?? [])
    if (!invocation || more.length > 0) return refused('a container with one invocation is asked for', 400)
    if (invocation.cmd !== cmd) return refused(`what is asked for here is ${cmd}, not ${invocation.cmd}`, 400)
    const allowed = await validate(invocation, {
      ...{ now: world.now(), executor: signer.did, resolveProof: proofsOf(tokens) },
      ...{ revocations: store, verified: this.#verified },
    })
    if ('ok' in allowed) return { ok: invocation }
    const { name, message } = allowed.error
    return error({ name: 'Refused', message, status: 403, reason: { name, message } })
  }
}

function invocationIn(token: Uint8Array): Invocation | undefined {
  const decoded = decodeInvocation(token)
  return 'ok' in decoded ? decoded.ok : undefined
}

function refused(message: string, status: 400 | 403): { readonly error: Refusal } {
  return error({ name: 'Refused', message, status })
}
