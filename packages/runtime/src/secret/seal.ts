import { CID, decode, encode, error, isMap, ok, readFile } from '@ipvm/ipld'
import type { Failure, GetBlock, Result, Value } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import type { Outcome, Receipt } from '@ipvm/ucan'
import { spill, unspill } from '../outcome/spill.ts'
import { isSealed, sealedKey } from './sealed.ts'

/** Seals what comes of secrets, so that nothing that is written down or sent holds it in the clear. */
export interface Seal {
  /**
   * Seals bytes. The same bytes under the same `context` give the same, so that a pure task gives one result; under another
   * context they give others, so that nobody can compare a secret with a guess of his own.
   */
  seal(bytes: Uint8Array, context: Uint8Array): Promise<Uint8Array>
  /** The bytes that were sealed. Failure: that they were not sealed here. */
  open(sealed: Uint8Array): Promise<Result<Uint8Array, Unsealable>>
}

/** Something was sealed under another key than this node's, or was changed since. */
export interface Unsealable extends Failure {
  readonly name: 'Unsealable'
}

/** What is told of an error that comes of a secret, beside its name. */
export const hiddenMessage = 'what it says comes of a secret'

/** Whether an outcome holds what was sealed. */
export function isSealedOutcome(out: Outcome): boolean {
  return isSealed('ok' in out ? out.ok : out.error.value)
}

/** An outcome sealed: of an error, the name alone stays. What cannot be kept of it fails as it would in the clear. */
export async function sealOutcome(out: Outcome, context: CID, seal: Seal): Promise<Outcome> {
  const fits = spill(out).out
  const plain = 'ok' in out && 'error' in fits ? fits : out
  if ('ok' in plain) return { ok: await sealValue(plain.ok, context, seal) }
  const { name, ...rest } = plain.error
  return { error: { name, message: hiddenMessage, value: await sealValue(rest, context, seal) } }
}

/** An error of what took secrets and is none itself: its name alone stays. */
export function hideError(out: Outcome): Outcome {
  return 'ok' in out ? out : { error: { name: out.error.name, message: hiddenMessage } }
}

async function sealValue(value: Value, context: CID, seal: Seal): Promise<Value> {
  return { [sealedKey]: await seal.seal(encode(value), context.bytes) }
}

/** The outcome that was sealed; one that was not is as it is. Failures: {@link Unsealable}, and those of reading it. */
export async function openOutcome(out: Outcome, getBlock: GetBlock, seal: Seal): Promise<Result<Outcome, Failure>> {
  const whole = await unspill(out, getBlock)
  if ('error' in whole) return whole
  const sealed = 'ok' in whole.ok ? whole.ok.ok : whole.ok.error.value
  if (!isSealed(sealed)) return whole
  const bytes = sealed[sealedKey]
  const read = bytes instanceof CID ? await readFile(bytes, getBlock) : ok(bytes)
  if ('error' in read) return read
  const opened = await openValue(read.ok, seal)
  if ('error' in opened) return opened
  if ('ok' in whole.ok) return ok({ ok: opened.ok })
  const { name } = whole.ok.error
  return isMap(opened.ok)
    ? ok({ error: { message: hiddenMessage, ...opened.ok, name } })
    : error({ name: 'Unsealable', message: 'what was sealed is no error' })
}

/** The value that was sealed to these bytes. Failure: {@link Unsealable}. */
export async function openValue(sealed: Uint8Array, seal: Seal): Promise<Result<Value, Failure>> {
  const opened = await seal.open(sealed)
  return 'error' in opened ? opened : decode(opened.ok)
}

/** How a task ended, in the clear. Failures: as of {@link openOutcome}. */
export async function plainOutcome(
  { out }: Pick<Receipt, 'out'>,
  secret: boolean,
  { store, seal }: { readonly store: Pick<Store, 'block'>; readonly seal: Seal | undefined },
): Promise<Result<Outcome, Failure>> {
  return secret && seal ? openOutcome(out, cid => store.block(cid), seal) : ok(out)
}
