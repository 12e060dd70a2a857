import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { decodeInvocation, invoke, limits, verifyEnvelope, type Command, type Invocation } from '@ipvm/ucan'
import type { Did, Signer, VerifyOptions } from '@ipvm/varsig'
import { addressesMax, addressLengthMax, peerRecordSecondsMax } from './limits.ts'

/** The command under which an agent says where it can be reached (ADR 93). */
export const peerCommand: Command = '/peer/assert'

/** Where an agent can be reached, signed by it. */
export interface PeerRecord {
  readonly did: Did
  readonly addresses: readonly string[]
  /** Until when, seconds since 1970. */
  readonly exp: number
  readonly bytes: Uint8Array
}

/** The bytes are not a record that counts here and now. */
export interface InvalidPeerRecord extends Failure {
  readonly name: 'InvalidPeerRecord'
}

/** What a record is judged by. */
export interface PeerRecordContext extends VerifyOptions {
  /** Seconds since 1970. */
  readonly now: number
  /**
   * Where the record was found, or what the transport has proven to be at the other end. It has to be among the record's
   * addresses: else anybody could show another's record as their own.
   */
  readonly address: string
}

/**
 * Signs a record of one's own addresses.
 *
 * @throws RangeError when there are too many addresses, or one is too long
 */
export async function assertPeer(addresses: readonly string[], exp: number, signer: Signer): Promise<PeerRecord> {
  if (!areAddresses(addresses)) throw new RangeError(`a record has 1 to ${addressesMax} addresses`)
  const args = { addresses: [...addresses] }
  const fields = { sub: signer.did, cmd: peerCommand, args, nonce: new Uint8Array(0), exp }
  const { envelope } = await invoke(fields, signer)
  return { did: signer.did, addresses, exp, bytes: envelope.bytes }
}

/**
 * Reads a record: an agent is at an address where both say so, the agent by its signature, the address by showing it.
 * Failure: `InvalidPeerRecord`.
 */
export async function readPeerRecord(
  bytes: Uint8Array,
  { now, address, ...options }: PeerRecordContext,
): Promise<Result<PeerRecord, InvalidPeerRecord>> {
  if (bytes.length > limits.envelopeBytesMax) return invalid('it is too large')
  const decoded = decodeInvocation(bytes)
  if ('error' in decoded) return invalid(decoded.error.message)
  const { args, exp, iss, envelope } = decoded.ok
  const problem = notOfItself(decoded.ok)
  if (problem !== undefined) return invalid(problem)
  const { addresses } = args
  if (!areAddresses(addresses) || Object.keys(args).length !== 1)
    return invalid('its addresses are not a list of texts')
  if (exp === null || exp > now + peerRecordSecondsMax + limits.leewaySeconds) return invalid('it holds for too long')
  if (exp + limits.leewaySeconds < now) return invalid('it has expired')
  if (!addresses.includes(address)) return invalid(`it is not about ${address}`)
  const signature = await verifyEnvelope(envelope, options)
  if ('error' in signature) return invalid(signature.error.message)
  return ok({ did: iss, addresses, exp, bytes: envelope.bytes })
}

/** An agent speaks of itself and needs no proof, as in a name record (ADR 47). */
function notOfItself({ cmd, iss, sub, aud, prf }: Invocation): string | undefined {
  if (cmd !== peerCommand) return `it invokes ${cmd}, not ${peerCommand}`
  if (iss !== sub) return 'its issuer is not its subject'
  if (aud !== undefined) return 'it has an audience'
  return prf.length > 0 ? 'it has proofs' : undefined
}

function areAddresses(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > addressesMax) return false
  return value.every(address => typeof address === 'string' && address.length <= addressLengthMax)
}

function invalid(problem: string): { readonly error: InvalidPeerRecord } {
  return error({ name: 'InvalidPeerRecord', message: `not a record of where a peer is: ${problem}` })
}
