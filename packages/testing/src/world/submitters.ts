import { isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import { covers, delegate, isPromiseMap, type Command, type Delegation } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { alice, bob, carol, dave } from '../people.ts'
import { numbersEnd } from './functions.ts'

/** What someone may have done on Bob's node, in words of our own: a checker judges by these, the runtime by delegations. */
interface Grant {
  readonly cmd: Command
  /** Of numbers in the argument `n`. */
  readonly below?: number
  /** Of the function's name. */
  readonly fun?: string
}

/** Someone who asks for work, with what says that it may be done. */
export interface Submitter {
  readonly name: string
  readonly signer: Signer
  /** All delegations that lead to what it may have done. */
  readonly delegations: readonly Delegation[]
  /** Those that let it run workflows, root first. */
  readonly proofs: readonly CID[]
  /** Whether a task may be done for it; undefined where that depends on a promise. Without `revoked`, whether it ever might. */
  may(cmd: Command, args: ValueMap, revoked?: ReadonlySet<Delegation>): boolean | undefined
}

const everything: readonly Grant[] = [{ cmd: '/' }]

const ofCarol: readonly Grant[] = [
  { cmd: '/workflow/run' },
  { cmd: '/wasm/run' },
  { cmd: '/receipt/read' },
  { cmd: '/sim/read' },
  { cmd: '/sim/put', below: (3 * numbersEnd) / 4 },
  { cmd: '/sim/keep', below: numbersEnd / 2 },
]

const ofDave: readonly Grant[] = [
  { cmd: '/workflow/run' },
  { cmd: '/wasm/run', fun: 'mix' },
  { cmd: '/sim/read' },
  { cmd: '/sim/post', below: numbersEnd / 2 },
]

/** Bob, whose node it is; Alice, who may do all; Carol and Dave, who may do some of it, Carol by way of Alice. */
export async function submitters(): Promise<readonly Submitter[]> {
  const toAlice = await Promise.all(everything.map((grant, i) => delegation(bob, alice, grant, i)))
  const toCarol = await Promise.all(ofCarol.map((grant, i) => delegation(alice, carol, grant, i)))
  const toDave = await Promise.all(ofDave.map((grant, i) => delegation(bob, dave, grant, i)))
  return [
    submitter(bob, 'bob', [], [{ cmd: '/', chain: [] }]),
    submitter(alice, 'alice', toAlice, granted(everything, [], toAlice)),
    submitter(carol, 'carol', [...toAlice, ...toCarol], granted(ofCarol, toAlice, toCarol)),
    submitter(dave, 'dave', toDave, granted(ofDave, [], toDave)),
  ]
}

/** A grant, and the delegations that it rests on, root first. */
interface Granted extends Grant {
  readonly chain: readonly Delegation[]
}

function granted(grants: readonly Grant[], before: readonly Delegation[], own: readonly Delegation[]): Granted[] {
  return grants.map((grant, i) => ({ ...grant, chain: [...before, ...own.slice(i, i + 1)] }))
}

function delegation(from: Signer, to: Signer, { cmd, below, fun }: Grant, number: number): Promise<Delegation> {
  const pol: Value[] = []
  if (below !== undefined) pol.push(['<', '.n', below])
  if (fun !== undefined) pol.push(['==', '.fun', fun])
  const nonce = new Uint8Array(12).fill(number + 1)
  return delegate({ aud: to.did, sub: bob.did, cmd, pol, nonce, exp: null }, from)
}

function submitter(
  signer: Signer,
  name: string,
  delegations: readonly Delegation[],
  grants: readonly Granted[],
): Submitter {
  const proofs = grants.find(({ cmd }) => covers(cmd, '/workflow/run'))?.chain ?? []
  return {
    ...{ name, signer, delegations, proofs: proofs.map(({ envelope }) => envelope.cid) },
    may: (cmd, args, revoked) => {
      const verdicts = grants
        .filter(grant => covers(grant.cmd, cmd) && !grant.chain.some(proof => revoked?.has(proof)))
        .map(grant => holds(grant, args))
      if (verdicts.includes(true)) return true
      return verdicts.includes(undefined) ? undefined : false
    },
  }
}

function holds({ below, fun }: Grant, args: ValueMap): boolean | undefined {
  if (fun !== undefined && args.fun !== fun) return false
  if (below === undefined) return true
  const { n } = args
  if (isMap(n) && isPromiseMap(n)) return undefined
  return typeof n === 'number' && n < below
}
