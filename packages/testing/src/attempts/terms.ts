import type { Block, CID, Value, ValueMap } from '@ipvm/ipld'
import { Brought, type EndedRun } from '@ipvm/runtime'
import { invoke, type Command, type Delegation } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { alice, bob, carol, dave } from '../people.ts'
import type { Random } from '../world/random.ts'
import { chain, chainLacks, lateLacks, soonSeconds, type ChainLack, type LateLack } from './chain.ts'
import type { Deed } from './deed.ts'
import type { AttemptNode } from './node.ts'
import { failing, holding } from './policy.ts'

/** What what a request itself lets its tasks do may lack (`only`). */
export const onlyLacks = ['only nothing', 'only another command', 'only by policy'] as const

/** What the grant for a function may lack (`fx`). */
export const fxLacks = ['fx not granted', 'fx taken back', 'fx of another command', 'fx by policy'] as const

/** What its bounds may lack, where several functions ask for each other. */
export const boundLacks = ['fx too deep', 'fx too many'] as const

/** What the request may lack by which a workflow is run. */
export const requestLacks = [
  ...[
    'may not run',
    'request signed by another',
    'request expired',
    'request about another',
    'request of another command',
  ],
] as const

export type Lack =
  | ChainLack
  | LateLack
  | (typeof onlyLacks)[number]
  | (typeof fxLacks)[number]
  | (typeof boundLacks)[number]
  | (typeof requestLacks)[number]

/** By whom, and by what right, a deed is asked for. */
export interface Terms {
  readonly asker: Signer
  readonly delegations: readonly Delegation[]
  /** What the request itself lets its tasks do; all that its submitter may, where it is absent. */
  readonly only: readonly ValueMap[] | undefined
  /** What functions are granted. */
  readonly fx: Value | undefined
  readonly request: Lack | undefined
  /** What happens when the deed's turn is near. */
  readonly midway: () => Promise<void>
}

/** What is drawn of the terms, beside what they lack. */
export interface TermsParts {
  readonly deed: Deed
  /** Whether only Bob may ask, as where an event does for him. */
  readonly isOwn: boolean
  /** How long the chain is of functions that ask for each other, and how many tasks they ask for. */
  readonly asked: { readonly depth: number; readonly tasks: number }
  readonly lack: Lack | undefined
  /** Whether the request says what its tasks may do at most. */
  readonly isOnly: boolean
}

/** Draws terms under which a deed may be done, but for what they lack. */
export async function termsOf(node: AttemptNode, parts: TermsParts, random: Random): Promise<Terms> {
  const { deed, isOwn, lack } = parts
  const asker = isOwn ? bob : alice
  const known = oneOf(chainLacks, lack) ?? oneOf(lateLacks, lack)
  const { delegations, midway } = isOwn
    ? { delegations: [], midway: async () => {} }
    : await chain(node, asker, deed, known, random)
  return {
    ...{ asker, midway, request: oneOf(requestLacks, lack) },
    delegations: isOwn ? [] : shuffled([...(await node.free(asker)), ...delegations], random),
    only: parts.isOnly ? onlyOf(deed, lack, random) : undefined,
    fx: fxOf(parts, random),
  }
}

function onlyOf({ cmd, resolved }: Deed, lack: Lack | undefined, random: Random): readonly ValueMap[] {
  const harmless = ['/wasm/run', '/free', '/event/get'].map(free => ({ cmd: free, pol: [] }))
  const wide = random.pick<Command>([cmd, cmd, '/deed'])
  const pol = holding(resolved, random)
  const others: readonly ValueMap[] = [{ cmd: '/deed/other', pol: [] }]
  switch (lack) {
    case 'only nothing':
      return harmless
    case 'only another command':
      return [...harmless, { cmd: random.pick([`${cmd}er`, `${cmd}/more`, '/dee']), pol: [] }, ...others]
    case 'only by policy':
      return [...harmless, { cmd: wide, pol: [...failing(resolved, random)] }]
    default:
      return [...others, ...harmless, { cmd: wide, pol: [...pol] }]
  }
}

function fxOf({ deed: { cmd, resolved }, lack, asked }: TermsParts, random: Random): Value | undefined {
  const harmless = ['/wasm/run', '/free'].map(free => ({ cmd: free }))
  const wide = random.pick<Command>([cmd, '/deed', '/'])
  const pol = [...holding(resolved, random)]
  const bounds = { depth: asked.depth + random.below(3), tasks: asked.tasks + random.below(3) }
  const sound = { grants: [...harmless, { cmd: wide, pol }], ...bounds }
  switch (lack) {
    case 'fx not granted':
      return undefined
    case 'fx taken back':
      return false
    case 'fx of another command':
      return { ...sound, grants: [...harmless, { cmd: random.pick([`${cmd}er`, `${cmd}/more`, '/deed/other']) }] }
    case 'fx by policy':
      return { ...sound, grants: [...harmless, { cmd: wide, pol: [...failing(resolved, random)] }] }
    case 'fx too deep':
      return { ...sound, depth: asked.depth - 1 }
    case 'fx too many':
      return { ...sound, tasks: asked.tasks - 1 }
    default:
      return sound
  }
}

/** What is said of a request beside its terms. */
interface Requested {
  /** It comes along. */
  readonly event?: Block
  readonly nonce?: Uint8Array
}

/** Has a workflow run under these terms; nothing, where that is refused. */
export async function submitted(
  node: AttemptNode,
  workflow: CID,
  terms: Terms,
  more: Requested = {},
): Promise<EndedRun | undefined> {
  const { invocation, delegations } = await request(node, workflow, terms, more)
  const brought = new Brought(more.event ? [more.event] : [])
  const submitted = await node.runtime.submit(invocation, { delegations, brought })
  return 'ok' in submitted ? submitted.ok : undefined
}

/** The same, and does not wait for its end. */
export async function accepted(node: AttemptNode, workflow: CID, terms: Terms): Promise<CID | undefined> {
  const { invocation, delegations } = await request(node, workflow, terms, {})
  const accepted = await node.runtime.accept(invocation, { delegations })
  return 'ok' in accepted ? accepted.ok : undefined
}

async function request(node: AttemptNode, workflow: CID, terms: Terms, { event, nonce }: Requested) {
  const { asker, only, request: lack } = terms
  const delegations = terms.delegations.filter(({ cmd }) => lack !== 'may not run' || cmd !== '/workflow/run')
  const prf = delegations.filter(({ cmd }) => cmd === '/workflow/run').map(({ envelope }) => envelope.cid)
  await node.store.commit({ blocks: delegations.map(({ envelope }) => envelope) })
  const args = { workflow, ...(event && { event: event.cid }), ...(only && { only: [...only] }) }
  const fields = {
    sub: lack === 'request about another' ? carol.did : bob.did,
    cmd: lack === 'request of another command' ? '/workflow' : '/workflow/run',
    exp: lack === 'request expired' ? node.world.now() - soonSeconds : null,
  } as const
  const signer = lack === 'request signed by another' ? { ...dave, did: asker.did } : asker
  const invocation = await invoke({ ...fields, args, prf, nonce: nonce ?? node.nonce() }, signer)
  return { invocation, delegations }
}

function oneOf<T extends string>(list: readonly T[], lack: string | undefined): T | undefined {
  return list.find(known => known === lack)
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map(item => ({ item, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
