// A UCAN chain from its bytes to a decision, beside the least that any implementation has to do, and beside peers.
//
// The limit is node:crypto: as many Ed25519 verifications, over the same bytes, with the same signatures, by key objects
// that are kept. Cold: the invocation and every delegation are decoded, named, checked, and their signatures verified;
// nothing is remembered but the keys. Warm: the proofs lie here and were verified before, so one signature is left; the
// limit is one bare verification. The peers get the same chain (two policy statements a delegation; @ucanto has none) in their own
// format, with no cache of theirs turned on; both verify with JavaScript. Encoding: the DAG-CBOR of a delegation, its
// SHA-256 and its CID, beside the SHA-256 alone.
//
// One process and one thread. Contenders of one comparison take turns of 10 ms, so that whatever else the machine does
// strikes all of them; 40 turns each make a round. Printed are the medians of the rounds, and of the ratios within each.
// Run it: npm run bench:ucan [-- --rounds 9] [-- --own], the latter without the peers
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto'
import { parseArgs } from 'node:util'
import { blockOf, decode } from '@ipvm/ipld'
import {
  decodeInvocation,
  delegate,
  invoke,
  proofsOf,
  validate,
  VerifiedTokens,
  type Envelope,
  type ResolveProof,
} from '@ipvm/ucan'
import { ed25519Signer, parseDidKey } from '@ipvm/varsig'
import { machine, median } from './measure.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, own: { type: 'boolean', default: false } },
})
const rounds = Number(values.rounds)
const turnMs = 10
const turns = 40
const depths = [1, 3, 10] as const
const now = Math.floor(Date.now() / 1000)
const nonce = new Uint8Array(12).fill(7)

type Work = () => unknown
interface Peers {
  isoUcan(depth: number): Promise<Work>
  ucanto(depth: number): Promise<Work>
}

interface Chain {
  readonly cold: Work
  readonly warm: Work
  readonly bare: Work
  readonly bareOne: Work
  readonly proof: Envelope
}

/** A chain of `depth` delegations and an invocation, each by another person. */
async function chainOf(depth: number): Promise<Chain> {
  const people = Array.from({ length: depth + 1 }, (_, i) => ed25519Signer(new Uint8Array(32).fill(i + 1)))
  const [root = ed25519Signer(nonce)] = people
  const pol = [
    ['==', '.to', 'alice@example.com'],
    ['<', '.size', 1000],
  ]
  const proofs: Envelope[] = []
  for (let i = 0; i < depth; i++) {
    const [from = root, to = root] = people.slice(i)
    const fields = { aud: to.did, sub: root.did, cmd: '/msg', pol, nonce, exp: now + 3600 } as const
    proofs.push((await delegate(fields, from)).envelope)
  }
  const args = { to: 'alice@example.com', size: 10 }
  const prf = proofs.map(({ cid }) => cid)
  const asked = { sub: root.did, cmd: '/msg/send', args, prf, nonce, exp: now + 3600 } as const
  const { envelope } = await invoke(asked, people[depth] ?? root)
  const tokens = proofs.map(proof => proof.bytes)
  const verified = new VerifiedTokens()
  const kept = proofsOf(tokens)
  const decide = async (options: { readonly resolveProof: ResolveProof; readonly verified?: VerifiedTokens }) => {
    const invocation = decodeInvocation(envelope.bytes)
    const allowed =
      'ok' in invocation ? await validate(invocation.ok, { now, executor: root.did, ...options }) : invocation
    if ('error' in allowed) throw new Error(allowed.error.message)
  }
  const all = [envelope, ...proofs].map(bareVerification)
  const [one = () => undefined] = all
  return {
    cold: () => decide({ resolveProof: proofsOf(tokens) }),
    warm: () => decide({ resolveProof: kept, verified }),
    bare: () => all.forEach(work => void work()),
    bareOne: one,
    proof: proofs[0] ?? envelope,
  }
}

function bareVerification({ payload, signed, signature }: Envelope): Work {
  const key: KeyObject = keyObject(String(payload.iss))
  return () => {
    if (!verify(null, signed, key, signature)) throw new Error('the signature is right')
  }
}

function keyObject(did: string): KeyObject {
  const key = parseDidKey(did)
  if ('error' in key) throw new Error(key.error.message)
  const x = Buffer.from(key.ok.bytes).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** How often a second each contender does its work, over a round of turns. */
async function round(contenders: ReadonlyMap<string, Work>): Promise<ReadonlyMap<string, number>> {
  const totals = new Map([...contenders.keys()].map(name => [name, { count: 0, elapsed: 0 }]))
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, work] of contenders) {
      const total = totals.get(name)
      if (total) await take(work, total)
    }
  }
  return new Map([...totals].map(([name, { count, elapsed }]) => [name, (count * 1000) / elapsed]))
}

async function take(work: Work, total: { count: number; elapsed: number }): Promise<void> {
  const start = performance.now()
  let elapsed = 0
  do {
    // Only what waits is waited for: the limit has no promises in it.
    const pending = work()
    if (pending instanceof Promise) await pending
    total.count += 1
    elapsed = performance.now() - start
  } while (elapsed < turnMs)
  total.elapsed += elapsed
}

const peers: Peers | undefined = values.own ? undefined : await import(new URL('ucan-peers.mjs', import.meta.url).href)
const comparisons: Map<string, Work>[] = []
for (const depth of depths) {
  const chain = await chainOf(depth)
  const cold = new Map([
    [`bare ${depth}`, chain.bare],
    [`cold ${depth}`, chain.cold],
  ])
  comparisons.push(cold)
  comparisons.push(
    new Map([
      [`bare one ${depth}`, chain.bareOne],
      [`warm ${depth}`, chain.warm],
    ]),
  )
  if (peers) {
    const against = new Map([[`ours ${depth}`, chain.cold]])
    against.set(`iso-ucan ${depth}`, await peers.isoUcan(depth))
    against.set(`ucanto ${depth}`, await peers.ucanto(depth))
    comparisons.push(against)
  }
}
const { bytes } = (await chainOf(1)).proof
const value = decode(bytes)
if ('error' in value) throw new Error(value.error.message)
comparisons.push(
  new Map<string, Work>([
    ['sha256', () => hash('sha256', bytes, 'binary')],
    ['encode', () => blockOf(value.ok)],
  ]),
)

const measured = new Map<string, number[]>()
for (let number = -1; number < rounds; number++) {
  for (const contenders of comparisons) {
    // The first round warms up.
    for (const [name, rate] of await round(contenders)) {
      if (number >= 0) measured.set(name, [...(measured.get(name) ?? []), rate])
    }
  }
}

const perSecond = (name: string) => Math.round(median(measured.get(name) ?? [])).toLocaleString('en')
const ratio = (name: string, to: string) => {
  const base = measured.get(to) ?? []
  return median((measured.get(name) ?? []).map((value, round) => value / (base[round] ?? Number.NaN)))
}
const percent = (name: string, to: string) => `${Math.round(ratio(name, to) * 100)} %`
const verdict = (name: string, to: string, least: number) => (ratio(name, to) >= least ? 'yes' : 'NO')

console.log(`${machine()}, ${rounds} rounds; decisions a second`)
const table = depths.flatMap(depth => [
  {
    what: `cold, depth ${depth}`,
    'a second': perSecond(`cold ${depth}`),
    limit: perSecond(`bare ${depth}`),
    'of the limit': percent(`cold ${depth}`, `bare ${depth}`),
    '≥ 90 %': verdict(`cold ${depth}`, `bare ${depth}`, 0.9),
  },
  {
    what: `proofs verified before, depth ${depth}`,
    'a second': perSecond(`warm ${depth}`),
    limit: perSecond(`bare one ${depth}`),
    'of the limit': percent(`warm ${depth}`, `bare one ${depth}`),
    '≥ 80 %': verdict(`warm ${depth}`, `bare one ${depth}`, 0.8),
  },
])
console.table(table)
if (peers) {
  const against = depths.flatMap(depth =>
    ['iso-ucan', 'ucanto'].map(peer => ({
      what: `cold, depth ${depth}`,
      peer,
      'a second': perSecond(`${peer} ${depth}`),
      'ours is': `${ratio(`ours ${depth}`, `${peer} ${depth}`).toFixed(1)}×`,
      '≥ 12×': verdict(`ours ${depth}`, `${peer} ${depth}`, 12),
    })),
  )
  console.table(against)
}
console.log(
  `encode + SHA-256 + CID of a delegation: ${perSecond('encode')} a second; its SHA-256 alone: ${perSecond('sha256')} (${percent('encode', 'sha256')})`,
)
