import { error, ok } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { httpAddress } from '@ipvm/network/http'
import { invite as make, isPeerName, limits, type OpenInvitation, type Peers } from '@ipvm/service'
import { printTime, type UnixSeconds } from '@ipvm/ucan'
import type { Call, Command } from '../command.ts'
import { isOnlyHere } from '../display/address.ts'
import { showQr } from '../display/qr.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { commandsOf, ownNetwork } from '../load/peers.ts'
import { parseTime } from '../load/time.ts'
import { openOrMakeNode } from '../open.ts'
import { print, printable, say } from '../output.ts'

/** `ipvm invite` */
export const invite: Command = {
  usage: '',
  words: 0,
  summary:
    'Prints a link by which one other machine becomes a peer of this node: they trust each other’s results, and run work for each other.',
  examples: ['invite', 'invite --name laptop --qr', 'invite --exp 1h --address https://node.example', 'invite --list'],
  options: {
    name: { summary: 'what to call them here; what they call themselves, where not given', value: 'NAME' },
    exp: { summary: 'until when the link may be used: 10m (where none is given), 1h, a date', value: 'TIME' },
    allow: { summary: 'what they may do beside what peers usually may: /workflow/control,…', value: 'COMMANDS' },
    only: { summary: 'all that they may do: /receipt,/block', value: 'COMMANDS' },
    address: { summary: 'where this node is reached from outside, beside where it listens', value: 'URL' },
    qr: { summary: 'show it as a QR code, too' },
    list: { summary: 'list the invitations that may still be used, and who came' },
  },
  run: async call => {
    const { node } = await openOrMakeNode(call)
    try {
      return call.has('list') ? await list(call, node) : await invited(call, node)
    } finally {
      await node.close()
    }
  },
}

async function invited(call: Call, node: IpvmNode): Promise<ExitCode> {
  const now = Math.floor(Date.now() / 1000)
  const [name, exp, commands, beside] = [nameOf(call), expOf(call, now), commandsOf(call), addressOf(call)]
  const { parts, status } = await ownNetwork(call, node)
  const addresses = [...new Set([...(beside === undefined ? [] : [beside]), ...parts.addresses()])].slice(0, 16)
  if (addresses.length === 0) throw new Stop(nowhere(status !== undefined))
  const { delegation, link } = await make({ addresses, exp }, parts.signer, parts.random)
  await node.store.commit({ blocks: [delegation.envelope] })
  const open = { cid: delegation.envelope.cid, exp, commands, ...(name !== undefined && { name }) }
  orStop(await node.peers.edit(peers => withInvitation(peers, open, { now, beside })))
  if (call.json) print(JSON.stringify({ link, cid: `${open.cid}`, exp, addresses, commands }))
  else print(link)
  if (call.has('qr')) await showQr(link.toUpperCase())
  if (!call.json) say(`On the other machine, until ${printTime(exp)}, once: ipvm join LINK`)
  if (!call.json) say(`Whoever has the link may come; take it back with: ipvm revoke ${open.cid}`)
  for (const problem of problemsOf(addresses, status !== undefined)) say(`ipvm: note that ${problem}`)
  return exit.ok
}

/** What an owner may have forgotten. */
function problemsOf(addresses: readonly string[], isUp: boolean): readonly string[] {
  const problems = []
  if (!isUp) problems.push('nobody answers there now; keep this node up while they join: ipvm up')
  if (addresses.every(isOnlyHere)) {
    problems.push(
      'only this machine reaches it there; for others: ipvm up --host 0.0.0.0, or say where it is reached with --address URL',
    )
  }
  return problems
}

function nowhere(isUp: boolean) {
  const message = isUp
    ? 'this node is reached nowhere; say where with --address URL, or let it listen: ipvm up --host 0.0.0.0'
    : 'this node is not up, so nobody could join it; keep it up first: ipvm up --host 0.0.0.0'
  return { name: 'NoAddress', message }
}

function withInvitation(
  before: Peers,
  open: OpenInvitation,
  { now, beside }: { readonly now: UnixSeconds; readonly beside: string | undefined },
) {
  // Who came is known for a while, so that the same link says that it was used, and not that it never was.
  const kept = before.invitations.filter(({ exp }) => exp + keptSeconds > now)
  if (kept.length >= limits.invitationsMax) {
    const message = `${kept.length} invitations are open; wait until some have ended, or take one back: ipvm invite --list`
    return error({ name: 'TooManyInvitations', message })
  }
  const addresses = beside === undefined ? before.addresses : [...new Set([beside, ...before.addresses])].slice(0, 16)
  return ok({ peers: { ...before, addresses, invitations: [...kept, open] }, value: undefined })
}

/** For how long an invitation is remembered when it has ended, seconds. */
const keptSeconds = 3600

async function list(call: Call, node: IpvmNode): Promise<ExitCode> {
  const { invitations } = orStop(await node.peers.read())
  const now = Date.now() / 1000
  for (const { cid, name, exp, usedBy, commands } of invitations) {
    const isRevoked = (await node.store.revokersOf(cid)).length > 0
    const state = usedBy === undefined ? (isRevoked ? 'taken back' : exp < now ? 'expired' : 'open') : 'used'
    if (call.json) print(JSON.stringify({ cid: `${cid}`, name, exp, state, usedBy, commands }))
    else {
      const what =
        usedBy === undefined ? (state === 'open' ? `open until ${printTime(exp)}` : state) : `used by ${usedBy}`
      print(`${printable(name ?? 'unnamed')}  ${what}\n  ${cid}`)
    }
  }
  if (invitations.length === 0 && !call.json) print('Nobody is invited; see: ipvm invite --help')
  return exit.ok
}

function nameOf(call: Call): string | undefined {
  const name = call.value('name')
  if (name === undefined || isPeerName(name)) return name
  throw new Stop({
    name: 'Usage',
    message: `"${name}" names no peer; write one word of letters, digits, ".", "_", "-"`,
  })
}

function expOf(call: Call, now: UnixSeconds): UnixSeconds {
  const { invitationSeconds, invitationSecondsMax } = limits
  const text = call.value('exp')
  const exp = text === undefined ? now + invitationSeconds : parseTime(text, now)
  if (exp !== null && exp > now && exp <= now + invitationSecondsMax) return exp
  const message = `--exp ${text}: a link is a key, so it holds for some time, and 7 days at most; 10m is usual`
  throw new Stop({ name: 'Usage', message })
}

function addressOf(call: Call): string | undefined {
  const text = call.value('address')
  if (text === undefined) return undefined
  const address = httpAddress(text) ?? (text.startsWith('/') ? text : undefined)
  if (address !== undefined) return address
  throw new Stop({ name: 'Usage', message: `"${text}" is no address; write one such as https://node.example` })
}
