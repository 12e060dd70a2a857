import { error, ok, parseCid, type Failure, type Result } from '@ipvm/ipld'
import * as networkLimits from '@ipvm/network/limits'
import { isPeerName, limits, type KnownPeer, type OpenInvitation, type Peers } from '@ipvm/service/peers'
import { decodeDelegation, isCommand, readContainer, writeContainer, type Command, type Delegation } from '@ipvm/ucan'
import { isDid, type Did } from '@ipvm/varsig'
import * as v from 'valibot'

/** The list of peers cannot be used; the message names the file, the place in it, and what to do. */
export interface InvalidPeers extends Failure {
  readonly name: 'InvalidPeers'
}

const did = v.custom<Did>(text => isDid(text), 'write a DID')
const seconds = v.pipe(v.number(), v.safeInteger())
const container = v.pipe(v.string(), v.regex(/^[BCOP]/, 'write a container as text, as ipvm delegate prints it'))
const name = v.pipe(
  v.string(),
  v.check(isPeerName, 'a name is one word of letters, digits, ".", "_" and "-", 64 characters at most'),
)
const addresses = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(networkLimits.addressLengthMax))),
  v.maxLength(networkLimits.addressesMax),
)
const command = v.custom<Command>(text => typeof text === 'string' && isCommand(text), 'write a command')

const peer = v.strictObject({
  did,
  name: v.exactOptional(name),
  addresses: v.optional(addresses, []),
  trusted: v.optional(v.boolean(), false),
  since: v.optional(seconds, 0),
  delegations: v.exactOptional(container),
  given: v.exactOptional(container),
  forgiven: v.exactOptional(seconds),
})

const invitation = v.strictObject({
  cid: v.string(),
  name: v.exactOptional(name),
  exp: seconds,
  commands: v.pipe(v.array(command), v.maxLength(limits.peerDelegationsMax)),
  usedBy: v.exactOptional(did),
})

const schema = v.strictObject({
  addresses: v.optional(addresses, []),
  peers: v.optional(v.pipe(v.array(peer), v.maxLength(limits.peersKeptMax)), []),
  invitations: v.optional(v.pipe(v.array(invitation), v.maxLength(2 * limits.invitationsMax)), []),
})

/** Reads the text of a list of peers. Failure: {@link InvalidPeers}. */
export async function readPeersJson(text: string, path: string): Promise<Result<Peers, InvalidPeers>> {
  const json = parsed(text, path)
  if ('error' in json) return json
  const read = v.safeParse(schema, json.ok.value)
  if (!read.success) {
    const [issue] = read.issues
    return error(invalidPeers(path, v.getDotPath(issue) ?? '', issue.message))
  }
  const { addresses: own, ...lists } = read.output
  const peers: KnownPeer[] = []
  for (const [at, { delegations: held, given: handed, ...one }] of lists.peers.entries()) {
    const delegations = await delegationsIn(held, path, `peers.${at}.delegations`)
    if ('error' in delegations) return delegations
    const given = await delegationsIn(handed, path, `peers.${at}.given`)
    if ('error' in given) return given
    peers.push({ ...one, delegations: delegations.ok, given: given.ok })
  }
  const invitations: OpenInvitation[] = []
  for (const [at, { cid: written, ...one }] of lists.invitations.entries()) {
    const cid = parseCid(written)
    if ('error' in cid) return error(invalidPeers(path, `invitations.${at}.cid`, cid.error.message))
    invitations.push({ ...one, cid: cid.ok })
  }
  return ok({ addresses: own, peers, invitations })
}

/** The text of a list of peers. */
export async function writePeersJson({ addresses: own, peers, invitations }: Peers): Promise<string> {
  const written = peers.map(async ({ delegations, given, ...one }) => ({
    ...one,
    ...(delegations.length > 0 && { delegations: await asText(delegations) }),
    ...(given.length > 0 && { given: await asText(given) }),
  }))
  const json = {
    addresses: own,
    peers: await Promise.all(written),
    invitations: invitations.map(one => ({ ...one, cid: one.cid.toString() })),
  }
  return `${JSON.stringify(json, undefined, 2)}\n`
}

async function delegationsIn(
  text: string | undefined,
  path: string,
  where: string,
): Promise<Result<readonly Delegation[], InvalidPeers>> {
  if (text === undefined) return ok([])
  const container = await readContainer(new TextEncoder().encode(text))
  if ('error' in container) return error(invalidPeers(path, where, container.error.message))
  const read: Delegation[] = []
  for (const token of container.ok.tokens) {
    const delegation = decodeDelegation(token)
    if ('error' in delegation) return error(invalidPeers(path, where, delegation.error.message))
    read.push(delegation.ok)
  }
  return ok(read)
}

async function asText(delegations: readonly Delegation[]): Promise<string> {
  const tokens = delegations.map(({ envelope }) => envelope.bytes)
  return new TextDecoder().decode(await writeContainer(tokens, 'base64url'))
}

function parsed(text: string, path: string): Result<{ readonly value: unknown }, InvalidPeers> {
  try {
    return ok({ value: JSON.parse(text) })
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return error(invalidPeers(path, '', `it is not JSON: ${problem}; correct it, or bring it back from a backup`))
  }
}

/** What is wrong in a list of peers, and where. */
export function invalidPeers(path: string, where: string, problem: string): InvalidPeers {
  return { name: 'InvalidPeers', message: `${path}: ${where === '' ? '' : `${where}: `}${problem}` }
}
