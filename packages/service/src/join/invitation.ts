import { decode, encode, error, isMap, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import {
  covers,
  decodeDelegation,
  delegate,
  limits as ucanLimits,
  printTime,
  wouldAllow,
  type Delegation,
  type Refusal,
  type UnixSeconds,
} from '@ipvm/ucan'
import { ed25519Signer, sameDid, seedBytes, type Did, type Signer } from '@ipvm/varsig'
import { limits } from '@ipvm/network'
import { base32 } from 'multiformats/bases/base32'
import { joinCommand } from './commands.ts'
import { linkLengthMax } from '../limits.ts'

/** What a link of an invitation says: where to go, whom to find there, and by what right one comes. */
export interface Invitation {
  readonly inviter: Did
  readonly addresses: readonly string[]
  /** The key that was made for this invitation alone. */
  readonly key: Signer
  /** By which that key may join. */
  readonly delegation: Delegation
}

/** The text is no link of an invitation, or not a whole one. */
export interface MalformedLink extends Failure {
  readonly name: 'MalformedLink'
}

/** Why an invitation cannot be used; of those of a chain of delegations, `Expired` is the usual one. */
export type InvitationFailure = MalformedLink | Refusal

const prefix = 'ipvm:join/'

/**
 * Makes an invitation to a node, and its link. The link is a key: whoever has it may come, once. It has as many of the
 * addresses as there is room for, the first ones first.
 */
export async function invite(
  fields: { readonly addresses: readonly string[]; readonly exp: UnixSeconds },
  signer: Signer,
  random: (count: number) => Uint8Array,
): Promise<{ readonly delegation: Delegation; readonly link: string }> {
  const seed = random(seedBytes)
  const aud = ed25519Signer(seed).did
  const delegation = await delegate(
    { aud, sub: signer.did, cmd: joinCommand, nonce: random(ucanLimits.nonceBytes), exp: fields.exp },
    signer,
  )
  const linkOf = (at: readonly string[]) =>
    `${prefix}${base32.encode(encode({ at: [...at], key: seed, prf: delegation.envelope.bytes }))}`
  let addresses = fields.addresses.slice(0, limits.addressesMax)
  while (addresses.length > 1 && linkOf(addresses).length > linkLengthMax) addresses = addresses.slice(0, -1)
  return { delegation, link: linkOf(addresses) }
}

/**
 * Reads a link, and checks that it is whole and holds still. It may have been through a chat program: spaces, line ends,
 * quotes and capital letters do not matter. Failures: `MalformedLink`, `Expired`, and others of a delegation.
 */
export async function readLink(text: string, now: UnixSeconds): Promise<Result<Invitation, InvitationFailure>> {
  if (text.length > linkLengthMax) return malformed(`has more than ${linkLengthMax} characters`)
  const plain = text.replace(/[\s\u200b-\u200d\u2060"'<>`]+/g, '').toLowerCase()
  if (!plain.startsWith(prefix)) return malformed(`does not begin with ${prefix}`)
  const content = bytesIn(plain.slice(prefix.length))
  const invitation = content && invitationIn(content)
  if (!invitation) return malformed('is not whole: a part of it is missing or changed')
  const { inviter, key, delegation } = invitation
  const allowed = await wouldAllow({ iss: key.did, sub: inviter, cmd: joinCommand }, [delegation], { now })
  if ('ok' in allowed) return ok(invitation)
  const { name, message } = allowed.error
  if (name !== 'Expired') return error({ ...allowed.error, message: `the link cannot be used: ${message}` })
  const until = delegation.exp === null ? '' : ` It held until ${printTime(delegation.exp)}.`
  return error({ ...allowed.error, message: `the invitation has expired; ask for another one: ipvm invite.${until}` })
}

function bytesIn(text: string): Value | undefined {
  try {
    const decoded = decode(base32.decode(text))
    return 'ok' in decoded ? decoded.ok : undefined
  } catch {
    return undefined
  }
}

function invitationIn(content: Value): Invitation | undefined {
  if (!isMap(content)) return undefined
  const { at, key: seed, prf } = content
  if (!areAddresses(at) || !(seed instanceof Uint8Array) || seed.length !== seedBytes) return undefined
  const delegation = prf instanceof Uint8Array ? decodeDelegation(prf) : undefined
  if (!delegation || 'error' in delegation) return undefined
  const { iss, sub, aud, cmd } = delegation.ok
  const key = ed25519Signer(seed)
  if (sub === null || !sameDid(iss, sub) || !sameDid(aud, key.did) || !covers(cmd, joinCommand)) return undefined
  return { inviter: iss, addresses: at, key, delegation: delegation.ok }
}

/** Whether a value is a list of addresses, within the limits of the network. */
export function areAddresses(value: Value | undefined): value is string[] {
  if (!Array.isArray(value) || value.length > limits.addressesMax) return false
  const texts: readonly Value[] = value
  return texts.every(text => typeof text === 'string' && text !== '' && text.length <= limits.addressLengthMax)
}

function malformed(problem: string): { readonly error: MalformedLink } {
  const message = `the link ${problem}; copy all of what ipvm invite has printed`
  return error({ name: 'MalformedLink', message })
}
