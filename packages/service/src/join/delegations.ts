import { cidKey, error, ok, type CID, type Failure, type Result, type Value } from '@ipvm/ipld'
import {
  decodeDelegation,
  delegate,
  limits,
  wouldAllow,
  type Command,
  type Delegation,
  type RevocationView,
  type UnixSeconds,
} from '@ipvm/ucan'
import { sameDid, type Did, type Signer } from '@ipvm/varsig'
import { peerDelegationsMax, renewBelowSeconds, sharedSeconds } from '../limits.ts'

/** What was sent as delegations are none, or not those that were to come. */
export interface InvalidDelegations extends Failure {
  readonly name: 'InvalidDelegations'
}

/** What a node lets another agent do at it. */
export interface Sharing {
  readonly aud: Did
  readonly commands: readonly Command[]
  /** What that agent has already. */
  readonly given: readonly Delegation[]
}

/** By what a node gives authority. */
export interface SharingParts {
  readonly signer: Signer
  readonly now: () => UnixSeconds
  readonly random: (count: number) => Uint8Array
  /** What was taken back. */
  readonly revocations: RevocationView
}

/**
 * What an agent has once each of these commands is given to it for long: what stands of what it has, and delegations of
 * those that it lacks, or that end soon.
 */
export async function share({ aud, commands, given }: Sharing, parts: SharingParts): Promise<readonly Delegation[]> {
  const { signer, now, random } = parts
  const revoked = await revokedAmong(given, parts)
  const standing = given.filter(one => !revoked.has(one) && (one.exp === null || one.exp >= now()))
  const lasting = standing.filter(({ exp }) => exp === null || exp - now() >= renewBelowSeconds)
  const wanted = commands.filter(cmd => !lasting.some(one => one.cmd === cmd))
  const exp = now() + sharedSeconds
  const one = (cmd: Command) => delegate({ aud, sub: signer.did, cmd, nonce: random(limits.nonceBytes), exp }, signer)
  return [...standing, ...(await Promise.all(wanted.map(one)))]
}

/** Those of a node's own delegations that it took back. */
async function revokedAmong(
  delegations: readonly Delegation[],
  { revocations }: Pick<SharingParts, 'revocations'>,
): Promise<ReadonlySet<Delegation>> {
  const revoked = new Set<Delegation>()
  for (const one of delegations) {
    const revokers = [...(await revocations.revokersOf(one.envelope.cid))]
    if (revokers.some(revoker => sameDid(revoker, one.iss))) revoked.add(one)
  }
  return revoked
}

/** The commands of a node's own delegations that it did not take back, each once. */
export async function standingCommands(
  given: readonly Delegation[],
  parts: Pick<SharingParts, 'revocations'>,
): Promise<readonly Command[]> {
  const revoked = await revokedAmong(given, parts)
  return [...new Set(given.filter(one => !revoked.has(one)).map(({ cmd }) => cmd))]
}

/** Of several delegations of one command the one that holds longest: the others are still to be taken back one day. */
export function longest(delegations: readonly Delegation[]): readonly Delegation[] {
  const end = ({ exp }: Delegation) => exp ?? Number.POSITIVE_INFINITY
  const best = new Map<Command, Delegation>()
  for (const one of delegations) {
    const other = best.get(one.cmd)
    if (!other || end(one) > end(other)) best.set(one.cmd, one)
  }
  return [...best.values()]
}

/** What delegations between two nodes have to be. */
export interface Between {
  readonly iss: Did
  readonly aud: Did
  readonly now: UnixSeconds
}

/**
 * Reads delegations by which one node lets another do something at it: signed by the one, about it, for the other, and
 * current. Failure: `InvalidDelegations`; none of them is taken then.
 */
export async function readShared(
  value: Value,
  { iss, aud, now }: Between,
): Promise<Result<readonly Delegation[], InvalidDelegations>> {
  if (!Array.isArray(value) || value.length > peerDelegationsMax) {
    return invalid(`they are no list of at most ${peerDelegationsMax}`)
  }
  const tokens: readonly Value[] = value
  const read: Delegation[] = []
  for (const token of tokens) {
    const decoded = token instanceof Uint8Array ? decodeDelegation(token) : undefined
    if (!decoded || 'error' in decoded) return invalid(decoded ? decoded.error.message : 'one of them is no bytes')
    const { iss: from, aud: to, sub, cmd } = decoded.ok
    if (!sameDid(from, iss) || !sameDid(to, aud) || sub === null || !sameDid(sub, iss)) {
      return invalid(`one of them is not by ${iss} about itself for ${aud}`)
    }
    const allowed = await wouldAllow({ iss: aud, sub: iss, cmd }, [decoded.ok], { now })
    if ('error' in allowed) return invalid(allowed.error.message)
    read.push(decoded.ok)
  }
  return ok(read)
}

/** Delegations as an IPLD value: their bytes. */
export function delegationsValue(delegations: readonly Delegation[]): readonly Uint8Array[] {
  return delegations.map(({ envelope }) => envelope.bytes)
}

/** Whether these are the names of just these delegations. */
export function areNamed(delegations: readonly Delegation[], names: readonly CID[]): boolean {
  const wanted = new Set(names.map(cidKey))
  return wanted.size === delegations.length && delegations.every(({ envelope }) => wanted.has(cidKey(envelope.cid)))
}

function invalid(problem: string): { readonly error: InvalidDelegations } {
  return error({ name: 'InvalidDelegations', message: `what was given to join by cannot be used: ${problem}` })
}
