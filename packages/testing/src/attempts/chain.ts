import { delegate, revoke, type Command, type Delegation } from '@ipvm/ucan'
import type { Value, ValueMap } from '@ipvm/ipld'
import type { Signer } from '@ipvm/varsig'
import { aliceP256, bob, carol, dave } from '../people.ts'
import type { Random } from '../world/random.ts'
import type { AttemptNode } from './node.ts'
import { failing, holding } from './policy.ts'

/** What delegations may lack that look as if they allowed a deed. */
export const chainLacks = [
  ...['no delegation', 'of another command', 'of a wider command below', 'policy', 'expired', 'too early', 'revoked'],
  ...['for another', 'about another', 'by another', 'wider than held', 'powerline alone', 'signed by another', 'gap'],
] as const
export type ChainLack = (typeof chainLacks)[number]

/** What may come over them between the submission and the deed. */
export const lateLacks = ['revoked meanwhile', 'expired meanwhile'] as const
export type LateLack = (typeof lateLacks)[number]

/** Delegations for one deed, and what happens to them when its turn is near. */
export interface Chain {
  readonly delegations: readonly Delegation[]
  readonly midway: () => Promise<void>
}

interface Link {
  from: Signer
  to: Signer
  sub: Signer | null
  cmd: Command
  pol: readonly Value[]
  exp: number | null
  nbf?: number
}

/** How long a delegation counts of which more is said, seconds. */
export const soonSeconds = 1000

/** Delegations that lead from Bob to who asks, for a deed with these arguments in the end. */
export async function chain(
  node: AttemptNode,
  asker: Signer,
  deed: { readonly cmd: Command; readonly resolved: ValueMap },
  lack: ChainLack | LateLack | undefined,
  random: Random,
): Promise<Chain> {
  const links = drawn(node, asker, deed, random)
  // What goes wrong is drawn apart, so that all else is as where nothing does.
  const at = random.below(links.length)
  const far = random.below(1000)
  const late = lack === 'expired meanwhile'
  const broken = late || lack === 'revoked meanwhile' ? links : damaged(links, at, lack, node, deed, random)
  if (late) for (const link of broken.slice(at, at + 1)) link.exp = node.world.now() + soonSeconds
  const delegations = await Promise.all(broken.map((link, i) => signed(link, i, lack, at, node)))
  const [revoked, revoker] = [delegations[at], links[Math.min(far % links.length, at)]?.from]
  const end = async () => {
    if (revoked && revoker) await node.store.commit({ revocations: [await revoke(revoked, revoker)] })
  }
  if (lack === 'revoked') await end()
  const midway = async () => {
    if (lack === 'revoked meanwhile') await end()
    if (late) node.world.time += 2 * soonSeconds
  }
  const given = lack === 'gap' ? delegations.filter((_, i) => i !== at) : delegations
  return { delegations: lack === 'no delegation' ? [] : given, midway }
}

function drawn(
  { world }: AttemptNode,
  asker: Signer,
  { cmd, resolved }: { readonly cmd: Command; readonly resolved: ValueMap },
  random: Random,
): Link[] {
  const between = [carol, dave, aliceP256].slice(0, random.below(4))
  const people = [bob, ...between, asker]
  // The last one is for deeds alone, so that nothing else may be done by it.
  const wide: Command[] = ['/', '/deed', cmd]
  let width = 0
  return people.slice(0, -1).map((from, i): Link => {
    width = random.between(i === people.length - 2 ? Math.max(1, width) : width, wide.length - 1)
    return {
      ...{ from, to: people[i + 1] ?? asker, sub: i > 0 && random.chance(0.3) ? null : bob },
      ...{ cmd: wide[width] ?? cmd, pol: holding(resolved, random) },
      exp: random.chance(0.5) ? null : world.now() + 100 * soonSeconds * (1 + random.below(1000)),
      ...(random.chance(0.3) && { nbf: world.now() - 100 }),
    }
  })
}

/** The same with what is lacking at one of them. */
function damaged(
  links: Link[],
  at: number,
  lack: ChainLack | undefined,
  { world }: AttemptNode,
  { cmd, resolved }: { readonly cmd: Command; readonly resolved: ValueMap },
  random: Random,
): Link[] {
  const [link, root, last] = [links[at], links[0], links.at(-1)]
  if (!link || !root || !last) return links
  switch (lack) {
    case 'of another command':
      last.cmd = random.pick<Command>([`${cmd}er`, `${cmd}/more`, '/deed/other', '/dee', '/free'])
      break
    case 'of a wider command below':
      root.cmd = '/deed/other'
      last.cmd = random.pick<Command>(['/deed', cmd])
      if (root === last) root.cmd = '/deed/other'
      break
    case 'policy':
      link.pol = failing(resolved, random)
      break
    case 'expired':
      link.exp = world.now() - random.between(100, 10_000)
      break
    case 'too early':
      link.nbf = world.now() + random.between(100, 10_000)
      link.exp = null
      break
    case 'for another':
      last.to = random.pick([carol, dave].filter(person => person.did !== last.from.did))
      break
    case 'about another':
      link.sub = random.pick([carol, dave])
      break
    case 'by another':
      root.from = random.pick([carol, dave].filter(person => person.did !== root.to.did))
      break
    case 'wider than held':
      root.cmd = random.pick<Command>(['/deed/other', '/free', `${cmd}/more`])
      break
    case 'powerline alone':
      root.sub = null
      break
  }
  return links
}

async function signed(link: Link, i: number, lack: string | undefined, at: number, node: AttemptNode) {
  const { from, to, sub, exp, nbf, cmd, pol } = link
  const forger: Signer = { ...dave, did: from.did, sign: message => (from === dave ? carol : dave).sign(message) }
  const signer = lack === 'signed by another' && i === at ? forger : from
  const fields = { aud: to.did, sub: sub ? sub.did : null, cmd, pol, exp, nonce: node.nonce() }
  return delegate({ ...fields, ...(nbf !== undefined && { nbf }) }, signer)
}
