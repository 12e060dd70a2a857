import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import * as v from 'valibot'
import type { SecretSource } from './maker.ts'

/** A setting that is a secret of the owner's: its name stands in the config, and nothing of itself. */
export const namedSecret = v.strictObject({
  secret: v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.description('the name of a secret')),
  before: v.optional(v.pipe(v.string(), v.maxLength(256), v.description('what is put before it'))),
})

export type NamedSecret = v.InferOutput<typeof namedSecret>

/** What a setting names is no text. */
export interface NotText extends Failure {
  readonly name: 'NotText'
}

/** The text of a secret that a setting names. Failures: {@link NotText}, and those of getting it. */
export async function textOfSecret(
  { secret, before = '' }: NamedSecret,
  secrets: SecretSource,
): Promise<Result<string, Failure>> {
  const found = await secrets.get(secret)
  if ('error' in found) return found
  if (typeof found.ok === 'string') return ok(before + found.ok)
  const message = `the secret "${secret}" is bytes, and has to be text here; set it anew: ipvm secret set ${secret}`
  return error({ name: 'NotText', message } satisfies NotText)
}
