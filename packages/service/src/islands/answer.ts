import { error, ok, type Result } from '@ipvm/ipld'
import { writeContents, type Answer, type IncomingRequest, type Refusal } from '@ipvm/network'
import { answerReconcile } from '@ipvm/network/reconcile'
import type { ServiceContext } from '../context.ts'
import { valuesOf } from '../invocations/values.ts'
import { obeyed, readCommand } from '../receipts/proven.ts'
import { broughtBytesMax } from './limits.ts'
import { cidOfDigest, readIslandMessage, setOf, type IslandMessage, type SetName } from './message.ts'
import type { Readers } from './readers.ts'
import type { Sets } from './sets.ts'
import type { Taking } from './take.ts'
import type { Travels } from './travels.ts'

/** Why whoever sends a message may not bring so many revocations; nothing where they may. */
export type Bringable = (count: number) => Refusal | undefined

/** Of what the answers are made. */
export interface AnswerParts {
  readonly context: ServiceContext
  readonly sets: Sets
  readonly taking: Taking
  readonly readers: Readers
  readonly travels: Travels
  readonly brings: Bringable
}

/**
 * Answers one message of an island: a question of a reconciliation, what somebody wants of what that has found, or
 * brings. Revocations are everybody's business; whoever asks about receipts shows in the same message, by an invocation
 * of `/receipt/read {set, message}`, that they may read them.
 */
export async function answerIsland(
  { bytes, from }: Pick<IncomingRequest, 'bytes' | 'from'>,
  parts: AnswerParts,
): Promise<Result<Answer, Refusal>> {
  const plain = setOf(bytes)
  if (plain === 'revocations') return answered(plain, bytes, from.name, parts)
  if (plain === 'receipts') return refused('who asks about receipts has to prove that they may read them', 403)
  const read = await obeyed(bytes, readCommand, parts.context)
  if ('error' in read) return read
  const { message } = read.ok.args
  const set = message instanceof Uint8Array ? setOf(message) : undefined
  if (!(message instanceof Uint8Array) || !set || set !== read.ok.args.set) return refused('it is about no set', 400)
  parts.readers.note(read.ok.iss)
  return answered(set, message, from.name, parts)
}

async function answered(
  set: SetName,
  bytes: Uint8Array,
  from: string,
  parts: AnswerParts,
): Promise<Result<Answer, Refusal>> {
  const message = readIslandMessage(bytes)
  if (message?.kind === 'want') return wanted(message, parts)
  if (message?.kind === 'bring') {
    // Anybody may bring revocations, and make as many keys to sign them as they like.
    const tooMany = set === 'revocations' ? parts.brings(message.tokens.length) : undefined
    if (tooMany) return error(tooMany)
    await parts.taking.take(set, message.tokens, from)
    return ok({ type: 'reconcile', bytes: new Uint8Array() })
  }
  await (set === 'receipts' ? parts.sets.read() : parts.sets.lookAtRevocations())
  const told = answerReconcile(bytes, () => parts.sets.get(set))
  return 'ok' in told ? ok({ type: 'reconcile', bytes: told.ok }) : refused(told.error.message, 400)
}

/** As many as find room, in the order in which they were wanted, with their values; who wants the others asks again. */
async function wanted(
  { set, digests }: Extract<IslandMessage, { readonly kind: 'want' }>,
  { context, sets, travels }: AnswerParts,
): Promise<Result<Answer, Refusal>> {
  const revocation = async (digest: Uint8Array) =>
    sets.get('revocations').has(digest) ? context.store.block(cidOfDigest(digest)) : undefined
  const tokens: Uint8Array[] = []
  let size = 0
  for (const digest of digests) {
    const cid = cidOfDigest(digest)
    // Any other block of the store is nobody's business here.
    const bytes = set === 'receipts' ? (await travels.receipt(cid))?.bytes : await revocation(digest)
    if (!bytes) continue
    if (tokens.length > 0 && size + bytes.length > broughtBytesMax) break
    size += bytes.length
    tokens.push(bytes)
  }
  const values = set === 'receipts' ? await valuesOf(tokens, context) : []
  return ok(await writeContents(tokens, values))
}

function refused(message: string, status: 400 | 403): { readonly error: Refusal } {
  return error({ name: 'Refused', message, status })
}
