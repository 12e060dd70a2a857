import { error, ok, type Result } from '@ipvm/ipld'
import { decodeInvocation, limits as ucanLimits, readContainer, type Invocation } from '@ipvm/ucan'
import type { Refusal } from '../exchange.ts'
import { bearerLengthMax, bearerSecondsMax } from '../limits.ts'
import type { Bearer } from './node-port.ts'

const utf8 = new TextEncoder()

/**
 * The invocation that a header brings: one, with its proofs, in a container, for five minutes at most (wire.md
 * § Container). Nothing of it is verified here. Failure: `Refused`, 401.
 */
export async function readBearer(
  header: string | undefined,
  now: number,
): Promise<Result<Bearer | undefined, Refusal>> {
  if (header === undefined) return ok(undefined)
  if (header.length > bearerLengthMax) return refused(`is longer than ${bearerLengthMax} characters`)
  const match = /^bearer +([\x21-\x7e]+)$/i.exec(header)
  if (!match) return refused('is not "Bearer " and a container as base64url')
  const container = await readContainer(utf8.encode(match[1]))
  if ('error' in container) return refused(`has no container: ${container.error.message}`)
  const { tokens } = container.ok
  const invocations = tokens.flatMap(token => invocationIn(token) ?? [])
  const [invocation] = invocations
  if (!invocation || invocations.length > 1) return refused(`has ${invocations.length} invocations; one is needed`)
  const { exp } = invocation
  if (exp === null || exp > now + bearerSecondsMax + ucanLimits.leewaySeconds) {
    return refused(`has an invocation that holds for more than ${bearerSecondsMax} seconds`)
  }
  return ok({ invocation, tokens })
}

function invocationIn(token: Uint8Array): Invocation | undefined {
  const decoded = decodeInvocation(token)
  return 'ok' in decoded ? decoded.ok : undefined
}

function refused(problem: string): Result<never, Refusal> {
  return error({ name: 'Refused', status: 401, message: `the Authorization header ${problem}` })
}
