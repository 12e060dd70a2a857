import type { NetworkStatus } from '@ipvm/node/network'
import { longest, type KnownPeer } from '@ipvm/service/peers'
import { printTime, type Delegation } from '@ipvm/ucan'
import { sameDid, isDid } from '@ipvm/varsig'
import { timeText } from '../load/time.ts'
import { printable } from '../output.ts'
import { shortDid } from './short.ts'

/** What is known of who is there. */
export type Here = Pick<NetworkStatus, 'peers' | 'setAside' | 'went'>

/**
 * A peer for people: who it is, where, and what each may do at the other.
 * @param state what is said of it where it is not connected to the process that is up, which may not know it yet
 */
export function peerLines(peer: KnownPeer, here: Here, state?: string): readonly string[] {
  const { did, name, addresses, trusted, since, given, delegations } = peer
  const said = stateOf(peer, here)
  const there =
    said.connected === undefined ? (state ?? awayText(said.away)) : `connected since ${printTime(said.connected)}`
  const title = [name ?? shortDid(did), there, trusted ? 'trusted' : 'not trusted']
  const lines = [title.map(printable).join('  '), `  ${did}, known since ${printTime(since)}`]
  if (addresses.length > 0) lines.push(`  at ${addresses.map(printable).join(' ')}`)
  lines.push(`  may here: ${allowedText(given)}`, `  lets this node: ${allowedText(delegations)}`)
  const { setAside } = said
  if (setAside) {
    const again = `ipvm peers forgive ${name ?? did}`
    lines.push(
      `  set aside until ${printTime(setAside.until)}, since it misbehaved: ${setAside.why}; sooner with: ${again}`,
    )
  }
  return lines
}

/** The same for programs. */
export function peerJson(peer: KnownPeer, here: Here) {
  const { did, name, addresses, trusted, since, given, delegations } = peer
  const { connected, away, setAside } = stateOf(peer, here)
  const fields = { did, name, addresses, trusted, since, connected: connected ?? null, away: away ?? null }
  return { ...fields, given: allowed(given), delegations: allowed(delegations), setAside: setAside ?? null }
}

function stateOf({ did }: KnownPeer, { peers, setAside, went }: Here) {
  const isIt = (name: string) => isDid(name) && sameDid(name, did)
  const there = peers.find(({ name }) => isIt(name))
  const [, away] = Object.entries(went).find(([name]) => isIt(name)) ?? []
  return { connected: there?.since, away, setAside: setAside.find(({ name }) => isIt(name)) }
}

function awayText(away: number | undefined): string {
  return away === undefined ? 'away' : `away since ${printTime(away)}`
}

function allowed(delegations: readonly Delegation[]) {
  return inOrder(delegations).map(({ cmd, sub, exp }) => ({ cmd, sub, exp }))
}

function allowedText(delegations: readonly Delegation[]): string {
  const all = inOrder(delegations)
  if (all.length === 0) return 'nothing'
  const ends = new Set(all.map(({ exp }) => exp))
  const until = (exp: Delegation['exp']) => (exp === null ? timeText(exp) : `until ${printTime(exp)}`)
  if (ends.size > 1) return all.map(({ cmd, exp }) => `${cmd} ${until(exp)}`).join(', ')
  return `${all.map(({ cmd }) => cmd).join(', ')} ${until(all[0]?.exp ?? null)}`
}

/** One for each command; containers have an order of their own. */
function inOrder(delegations: readonly Delegation[]): readonly Delegation[] {
  return longest(delegations).toSorted((a, b) => (a.cmd < b.cmd ? -1 : 1))
}
