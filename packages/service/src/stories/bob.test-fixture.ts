import { randomBytes } from 'node:crypto'
import { CID, isMap, ok, type Block, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { readContents, writeContents, type Answer, type Body, type IncomingRequest, type Refusal } from '@ipvm/network'
import { defineEffect, Runtime, webCryptoSeal, kvEffects, type EffectOutcome, type PureCommand } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import { openMemoryStore } from '@ipvm/store/memory'
import { alice, bob, TestWorld } from '@ipvm/testing'
import {
  delegate,
  invoke,
  readReceipt,
  VerifiedTokens,
  type Command,
  type Delegation,
  type DelegationFields,
  type Invocation,
  type InvocationFields,
  type Receipt,
} from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { workflowBlock } from '@ipvm/workflow'
import * as v from 'valibot'
import type { AdmissionLimits } from '../admission/limits.ts'
import { Service } from '../service.ts'

const anyValue = v.custom<Value>(value => value !== undefined, 'expected a value')

/** How Bob's node is set up in a story. */
export interface BobOptions {
  readonly store?: Store
  readonly open?: readonly Command[]
  readonly admission?: Partial<AdmissionLimits>
}

/** Bob's node: arithmetic, a query, and mutations; `ran` lists what ran, `seen` what came to the world outside. */
export function bobsService({ store = openMemoryStore(), open = [], admission }: BobOptions = {}) {
  const world = new TestWorld()
  const ran: Value[] = []
  const seen: Value[] = []
  /** What a task of `/test/slow` waits for. */
  const gate = { open: Promise.resolve() }
  /** By value: how its attempts go; well, where nothing is said. */
  const attempts = new Map<Value, EffectOutcome>()
  const pure = (run: (args: ValueMap) => Promise<Value> | Value): PureCommand => ({
    profile: 'test/1',
    parallel: 4,
    run: async args => {
      ran.push(args.value ?? null)
      return { out: { ok: await run(args) }, permanent: true }
    },
  })
  const commands = {
    '/test/echo': pure(({ value = null }) => value),
    '/test/slow': pure(async ({ value = null }) => {
      await gate.open
      return value
    }),
    '/test/read': reading,
  }
  const post = defineEffect<{ value: Value }>({
    cmd: '/test/post',
    class: 'mutation',
    args: v.strictObject({ value: anyValue }),
    run: async ({ value }) => {
      seen.push(value)
      return attempts.get(value) ?? { ok: seen.length }
    },
  })
  const ask = defineEffect<{ value: Value }>({
    cmd: '/test/ask',
    class: 'query',
    args: v.strictObject({ value: anyValue }),
    run: async ({ value }) => {
      seen.push(value)
      return { ok: seen.length }
    },
  })
  const shared = { store, world, signer: bob, open, verified: new VerifiedTokens() }
  const lines: string[] = []
  const service: Service = new Service({
    ...shared,
    wallet: { proofs: async () => [] },
    runtime: () => runtime,
    log: line => lines.push(line),
    ...(admission && { admission }),
  })
  const effects = [post, ask, ...kvEffects]
  const runtime = new Runtime({ ...shared, commands, effects, others: service.others, seal })
  const asked = (body: Body, more: Partial<IncomingRequest> = {}) =>
    service.answer({ ...body, from: { name: 'http:192.0.2.1', addresses: [] }, wait: 0, signal: never, ...more })
  return { store, world, ran, seen, gate, attempts, service, runtime, asked, lines }
}

/** Gives what is in a file, or in a program that is named. */
const reading: PureCommand = {
  profile: 'test/1',
  parallel: 4,
  runs: ['mod'],
  run: async ({ mod, file = mod }, { loadFile }) => {
    const bytes = file instanceof CID ? await loadFile(file) : ok(Uint8Array.of())
    if ('error' in bytes) return { out: { error: { ...bytes.error } }, permanent: false }
    return { out: { ok: new TextDecoder().decode(bytes.ok) }, permanent: true }
  },
}

const seal = await webCryptoSeal(new Uint8Array(32).fill(7))

const never = new AbortController().signal

/** What a test's tokens may live: a day from when Bob's world stands still. */
export const tomorrow = new TestWorld().time + 86_400

/** Bob lets Alice do all of a command. */
export function bobLets(
  cmd: Command,
  fields: Partial<DelegationFields> = {},
  signer: Signer = bob,
): Promise<Delegation> {
  const nonce = new Uint8Array(randomBytes(12))
  return delegate({ aud: alice.did, sub: bob.did, cmd, pol: [], nonce, exp: tomorrow, ...fields }, signer)
}

/** Alice asks Bob for something. */
export function aliceAsks(
  cmd: Command,
  args: ValueMap,
  proofs: readonly Delegation[] = [],
  { signer = alice, ...fields }: Partial<InvocationFields> & { signer?: Signer } = {},
): Promise<Invocation> {
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const nonce = new Uint8Array(randomBytes(12))
  return invoke({ sub: bob.did, cmd, args, prf, nonce, exp: tomorrow, ...fields }, signer)
}

/** Tokens in a body, with blocks. */
export function bodyOf(tokens: readonly (Invocation | Delegation)[], blocks: readonly Block[] = []): Promise<Body> {
  return writeContents(
    tokens.map(({ envelope }) => envelope.bytes),
    blocks,
  )
}

/** A workflow of independent tasks, by label. */
export function workflowOf(tasks: Readonly<Record<string, readonly [Command, ValueMap]>>): Block {
  const nonce = new Uint8Array(0)
  return workflowBlock({
    tasks: Object.fromEntries(Object.entries(tasks).map(([label, [cmd, args]]) => [label, { cmd, args, nonce }])),
  })
}

/** The receipts of an answer, each verified. */
export async function receiptsIn(answer: Result<Answer, Refusal>): Promise<readonly Receipt[]> {
  const contents = good(await readContents(good(answer)))
  return Promise.all(contents.tokens.map(async token => good(await readReceipt(token))))
}

/** What the receipts of an answer say, in any order. */
export async function outsIn(answer: Result<Answer, Refusal>): Promise<readonly Value[]> {
  const receipts = await receiptsIn(answer)
  return receipts.map(({ out }) => ('ok' in out ? out.ok : out.error.name))
}

/** The name of why an answer was refused. */
export function refusedAs(answer: Result<Answer, Refusal>): string {
  return 'ok' in answer ? 'answered' : (answer.error.reason?.name ?? answer.error.name)
}

/** The value of a result that has to be good. */
export function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** A field of a value that has to be a map. */
export function field(value: Value | undefined, key: string): Value | undefined {
  return value !== undefined && isMap(value) ? value[key] : undefined
}
