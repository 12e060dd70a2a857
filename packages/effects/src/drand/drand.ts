import { decodePlainJson, isMap } from '@ipvm/ipld'
import type { EffectContext, EffectOutcome } from '@ipvm/runtime'
import * as v from 'valibot'
import { verdictOf } from '../http/verdict.ts'
import { drandAnswerBytesMax } from '../limits.ts'
import type { EffectPorts } from '../maker.ts'
import { chainNames, chains, dueAt, type Chain } from './chain.ts'
import { verified, type Beacon } from './verify.ts'

/** Which round of which network. */
export const drandArguments = v.strictObject({
  chain: v.picklist(chainNames),
  round: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 40)),
})

export type DrandArguments = v.InferOutput<typeof drandArguments>

/** Servers of drand, asked in this order; whoever serves a round need not be believed. */
export const drandServers = ['https://api.drand.sh', 'https://drand.cloudflare.com'] as const

/**
 * The random bytes that a drand network made public in a round: nobody knew them before, and everybody who asks gets the
 * same. A round that is not due yet is waited for.
 */
export async function drandRound(
  { chain: name, round }: DrandArguments,
  servers: readonly string[],
  ports: Pick<EffectPorts, 'egress' | 'world'>,
  context: Pick<EffectContext, 'signal'>,
): Promise<EffectOutcome> {
  const chain: Chain = chains[name]
  const early = dueAt(chain, round) * 1000 - ports.world.date()
  if (early > 0) {
    const message = `round ${round} of ${name} is not due before ${new Date(dueAt(chain, round) * 1000).toISOString()}`
    return { error: { name: 'NotDue', message }, verdict: 'again', after: early }
  }
  let last: FailedAttempt = { error: { name: 'Unreachable', message: 'there is no server to ask' }, verdict: 'final' }
  for (const server of servers) {
    const next: EffectOutcome = await ask(`${server}/${chain.hash}/public/${round}`, chain, round, ports, context)
    if ('ok' in next) return next
    // What one of them may tell later is worth another attempt.
    if (next.verdict === 'again' || last.verdict === 'final') last = next
  }
  return last
}

type FailedAttempt = Exclude<EffectOutcome, { ok: unknown }>

async function ask(
  url: string,
  chain: Chain,
  round: number,
  { egress }: Pick<EffectPorts, 'egress'>,
  { signal }: Pick<EffectContext, 'signal'>,
): Promise<EffectOutcome> {
  const answer = await egress.request({
    ...{ method: 'GET', url, allows: () => true, bytesMax: drandAnswerBytesMax, redirectsMax: 0, signal },
  })
  if ('error' in answer) {
    const { name, message } = answer.error
    return { error: { name, message }, verdict: verdictOf(answer.error, 'query') }
  }
  const { status, body } = answer.ok
  if (status !== 200) return again('HttpStatus', `${url} was answered with ${status}`)
  const beacon = beaconOf(new TextDecoder().decode(body), round)
  if (!beacon) return again('MalformedAnswer', `${url} answers what is no round ${round}`)
  const bytes = await verified(chain, beacon)
  if (!bytes) return again('InvalidSignature', `${url} answers what the network has not signed`)
  const { signature, previous } = beacon
  return { ok: { bytes, round, signature, ...(previous && { previous }) } }
}

function beaconOf(text: string, round: number): Beacon | undefined {
  const json = decodePlainJson(text)
  if ('error' in json || !isMap(json.ok) || json.ok.round !== round) return undefined
  const { signature, previous_signature: before } = json.ok
  const [own, previous] = [bytesOf(signature), bytesOf(before)]
  return own && { round, signature: own, ...(previous && { previous }) }
}

function bytesOf(hex: unknown): Uint8Array | undefined {
  if (typeof hex !== 'string' || !/^([\da-f]{2}){1,200}$/.test(hex)) return undefined
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

/** Another server, or the same one later, may know it. */
function again(name: string, message: string): EffectOutcome {
  return { error: { name, message }, verdict: 'again' }
}
