import { cidKey, type Block, type CID, type ValueMap } from '@ipvm/ipld'
import type { Body } from '@ipvm/network'
import type { Command } from '@ipvm/ucan/command'
import type { Delegation } from '@ipvm/ucan/delegation'
import { noNonce, taskName } from '@ipvm/ucan/task'
import type { Did, Signer } from '@ipvm/varsig'
import { linked } from './linked.ts'
import { proofsToRead } from './proofs.ts'
import { requestOf, signAsk } from './request.ts'

/** A request that is written down to be sent by other means. */
export interface WriteOptions {
  readonly signer: Signer
  /** Who is asked. */
  readonly node: Did
  readonly proofs?: readonly Delegation[]
  /** Seconds since 1970. */
  readonly now: number
  readonly exp: number
  /** Empty where not given, as of a pure function: give a fresh one for whatever changes the world. */
  readonly nonce?: Uint8Array
  /** What goes along beside the files among the arguments, such as those that they link to. */
  readonly blocks?: readonly Block[]
}

/** A request as bytes: a container, or a CAR where blocks go along. */
export interface WrittenRequest extends Body {
  /** The task that it asks for: its receipt is of this name. */
  readonly task: CID
}

/** Writes the request that `call` would send, without sending it. */
export async function writeRequest(cmd: Command, args: ValueMap, options: WriteOptions): Promise<WrittenRequest> {
  const { signer, node, proofs = [], now, exp, nonce = noNonce, blocks = [] } = options
  const files: Block[] = []
  const ask = { cmd, args: linked(args, files), nonce, exp }
  const signed = await signAsk(ask, { signer, node, proofs, now })
  const along = new Map([...files, ...blocks].map(block => [cidKey(block.cid), block]))
  const blocksAlong = [...along.values()]
  const reading = proofsToRead(proofs, ask.args, blocksAlong)
  const { whole, invocation } = await requestOf(signed, blocksAlong, reading)
  // Of a pure function, the name that it has wherever it runs.
  return { ...whole, task: nonce.length > 0 ? invocation.task : taskName({ cmd, args: invocation.args, nonce }) }
}
