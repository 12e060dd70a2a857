import { limits, printTime, verifyEnvelope, type Invocation, type Refusal, type ValidationContext } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'

/**
 * What is wrong with an invocation itself: it is for this agent, in its time, and signed by its issuer. What the issuer
 * may is another question, which for commands that anybody may invoke nobody asks.
 */
export async function faultOfSigned(
  { aud, sub, exp, envelope }: Invocation,
  { executor, now, aside = false }: Pick<ValidationContext, 'aside' | 'executor' | 'now'>,
): Promise<Refusal | undefined> {
  if (!sameDid(aud ?? sub, executor)) {
    return fault('InvalidAudience', `the invocation is for ${aud ?? sub}; this is ${executor}`)
  }
  if (exp !== null && exp + limits.leewaySeconds < now) {
    return fault('Expired', `the invocation expired at ${printTime(exp)}; sign another one`)
  }
  const signature = await verifyEnvelope(envelope, { aside })
  if ('ok' in signature) return undefined
  return fault('InvalidSignature', `the invocation is not signed by its issuer: ${signature.error.message}`)
}

function fault(name: Refusal['name'], message: string): Refusal {
  return { name, message, trace: [message] }
}
