import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { encode, type Value } from '@ipvm/ipld'
import { alice, bob, carol } from '@ipvm/testing'
import { delegate, invoke, noNonce, taskName, type Command, type Outcome, type Task } from '@ipvm/ucan'
import { compile, workflow } from '@ipvm/workflow'
import { expect, test } from 'vitest'
import * as v from 'valibot'
import { bobsEffects, good } from '../node.test-fixture.ts'
import { defineEffect, type EndedRun } from '../index.ts'

/** How often each is tried; more with FX_RUNS. */
const runs = { numRuns: Number(process.env.FX_RUNS ?? 150) }

type Asked = Pick<Task, 'cmd' | 'args'> & Partial<Pick<Task, 'sub' | 'nonce'>>

function bytesOf({ sub, nonce, ...task }: Asked): Uint8Array {
  return encode({ ...task, ...(sub !== undefined && { sub }), ...(nonce && { nonce }) })
}

function grow(fork: readonly Asked[], join?: Asked): Asked {
  return { cmd: '/test/grow', args: { value: 0, fork: fork.map(bytesOf), ...(join && { join: bytesOf(join) }) } }
}

/** Ways in which functions ask for a post. */
const ways: Readonly<Record<string, (task: Asked, value: number) => Asked>> = {
  fork: task => grow([task]),
  join: task => grow([], task),
  beside: task => grow([{ cmd: '/test/echo', args: { value: 1 } }, task], { cmd: '/test/echo', args: { value: 2 } }),
  // It is not known before it is put in.
  promise: ({ cmd }, value) => {
    const told: Asked = { cmd: '/test/echo', args: { value } }
    const name = taskName({ cmd: told.cmd, args: told.args, nonce: noNonce })
    return grow([told, { cmd, args: { value: { 'await/ok': name } } }])
  },
}

const small = [['<', '.value', 10]]

/** Who asks, and what was granted: posts of ten or more never. */
const terms = {
  'granted little, by the node itself': { own: true, fx: grants([{ cmd: '/test/post', pol: small }]) },
  'granted no posts': { own: true, fx: grants([]) },
  'granted another command': { own: true, fx: grants([{ cmd: '/test/poster' }, { cmd: '/kv' }]) },
  'granted nothing': { own: true, fx: undefined },
  'granted all, by one who may do little': { own: false, fx: grants([{ cmd: '/' }]) },
  'granted little, by one who may do little': { own: false, fx: grants([{ cmd: '/test/post', pol: small }]) },
} as const

function grants(more: readonly { cmd: Command; pol?: readonly Value[] }[]) {
  return { grants: [{ cmd: '/test/grow' }, { cmd: '/test/echo' }, ...more] }
}

const wayNames = Object.keys(ways)
const attempt = fc.record({
  value: fc.integer({ min: 0, max: 20 }),
  through: fc.array(fc.constantFrom(...wayNames), { minLength: 1, maxLength: 4 }),
  term: fc.constantFrom(...(Object.keys(terms) as (keyof typeof terms)[])),
  isKnown: fc.boolean(),
  sub: fc.constantFrom(undefined, undefined, undefined, bob.did, carol.did),
  nonce: fc.constantFrom(undefined, undefined, new Uint8Array(12).fill(1)),
})

/** What is asked for at last, wrapped in the ways to it. */
function nested(through: readonly string[], task: Asked, value: number): Asked {
  return through.reduceRight<Asked>((inner, way, at) => {
    const wrap = ways[way]
    // Of what is not the post itself, nothing is put in later.
    return at < through.length - 1 && way === 'promise' ? grow([inner]) : (wrap?.(inner, value) ?? inner)
  }, task)
}

async function asAlice(node: ReturnType<typeof bobsEffects>, draft: Value): Promise<EndedRun | undefined> {
  const give = (cmd: Command, pol: readonly Value[] = []) =>
    delegate({ aud: alice.did, sub: bob.did, cmd, pol, nonce: randomBytes(12), exp: null }, bob)
  const toRun = await give('/workflow/run')
  const free: readonly Command[] = ['/test/grow', '/test/echo']
  const delegations = [...(await Promise.all(free.map(cmd => give(cmd)))), await give('/test/post', small)]
  const { document, blocks } = good(await compile(draft))
  await node.store.commit({ blocks: [document, ...blocks, toRun.envelope] })
  const args = { workflow: document.cid }
  const fields = { sub: bob.did, cmd: '/workflow/run', args, prf: [toRun.envelope.cid], exp: null } as const
  const ended = await node.runtime.submit(await invoke({ ...fields, nonce: randomBytes(12) }, alice), { delegations })
  return 'ok' in ended ? ended.ok : undefined
}

test('what was not granted, or is not its submitter’s to ask for, never runs, however it is asked for', async () => {
  let allowed = 0
  await fc.assert(
    fc.asyncProperty(attempt, async ({ value, through, term, isKnown, sub, nonce }) => {
      const node = bobsEffects()
      const { own, fx } = terms[term]
      const post: Asked = { cmd: '/test/post', args: { value }, ...(sub && { sub }), ...(nonce && { nonce }) }
      const { cmd, args } = nested(through, post, value)
      const draft = (config: object) =>
        workflow('asking', ({ task }) => void task('grow', { cmd, args }), { config: { ...config } })
      // Somebody with all rights had all of it done before: its results are known, and its posts were sent.
      if (isKnown) await node.run(draft({ fx: grants([{ cmd: '/' }]) }))
      const before = node.seen.length
      if (own) await node.run(draft(fx ? { fx } : {}))
      else await asAlice(node, draft(fx ? { fx } : {}))
      // One that is left open looks at its store for ever.
      await node.runtime.close()
      const sent = node.seen.slice(before)
      expect(sent.filter(came => Number(came.value) >= 10)).toEqual([])
      const isFree = value < 10 && fx?.grants.some(grant => grant.cmd === '/test/post' || grant.cmd === '/')
      const isBobs = sub !== carol.did && !(isKnown && nonce && through.at(-1) !== 'promise')
      if (isFree && isBobs && through.at(-1) !== 'promise') expect(sent).toHaveLength(1)
      else if (!isFree || sub === carol.did) if (through.at(-1) !== 'promise') expect(sent).toEqual([])
      allowed += sent.length
    }),
    runs,
  )
  expect(allowed).toBeGreaterThan(0)
})

/** A tree of functions that each ask for others. */
interface Tree {
  readonly fork: readonly Tree[]
  readonly join?: Tree
}

const { tree } = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({ fork: [] }),
    fc.record({ fork: fc.array(tie('tree'), { maxLength: 3 }), join: tie('tree') }, { requiredKeys: ['fork'] }),
  ),
}))

let leaves = 0

/** The tree as tasks; each leaf another one. */
function planted({ fork, join }: Tree): Asked {
  if (fork.length === 0 && !join) return { cmd: '/test/grow', args: { value: leaves++ } }
  return grow(fork.map(planted), join && planted(join))
}

function depthOf({ fork, join }: Tree): number {
  const inner = [...fork, ...(join ? [join] : [])]
  return inner.length === 0 ? 0 : 1 + Math.max(...inner.map(depthOf))
}

function sizeOf({ fork, join }: Tree): number {
  return [...fork, ...(join ? [join] : [])].reduce((sum, part) => sum + 1 + sizeOf(part), 0)
}

test('no more tasks, no longer chains and no more gas than was granted; and no less', async () => {
  const bounds = fc.record({
    depth: fc.integer({ min: 1, max: 6 }),
    tasks: fc.integer({ min: 1, max: 20 }),
    units: fc.integer({ min: 1, max: 200 }),
    catches: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(tree, bounds, async (shape, { depth, tasks, units, catches }) => {
      const { run, ran, runtime } = bobsEffects()
      const fx = { grants: [{ cmd: '/test' }], depth, tasks, gas: [units, 'gas'] as const }
      const draft = workflow('tree', ({ task }) => void task('root', planted(shape)), {
        // 10 is what each uses.
        config: { fx, gas: [20, 'gas'] },
        ...(catches && { catch: { mod: new Uint8Array([0, 97, 115, 109]), fun: 'zero' } }),
      })
      const ended = await run(draft)
      await runtime.close()
      const spawned = ran.filter(name => name === 'grow').length - 1
      expect(spawned).toBeLessThanOrEqual(tasks)
      expect(spawned * 10).toBeLessThanOrEqual(units)
      const depths = [...ended.tasks.keys()].map(label => (label.match(/fork\/\d+|join(\/\d+)?/g) ?? []).length)
      if (depthOf(shape) > depth) expect(Math.max(0, ...depths)).toBeLessThanOrEqual(depth)
      const isWithin = sizeOf(shape) <= tasks && sizeOf(shape) * 10 <= units
      const failures = [...ended.tasks.values()].flatMap(({ receipt: { out } }) =>
        'error' in out ? [out.error.name] : [],
      )
      if (isWithin && depthOf(shape) <= depth) expect(ended.end).toBe('ok')
      if (failures.includes('FxExhausted')) expect(ended.end).toBe('failed')
      if (isWithin) expect(failures).not.toContain('FxExhausted')
      else if (depthOf(shape) <= depth) expect(failures).toContain('FxExhausted')
    }),
    runs,
  )
})

/** A tree whose leaves are answered when the test says so. */
function answered({ fork, join }: Tree, at: string): Asked {
  if (fork.length === 0 && !join) return { cmd: '/test/slow', args: { value: at } }
  return grow(
    fork.map((part, i) => answered(part, `${at}.${i}`)),
    join && answered(join, `${at}.j`),
  )
}

test('in which order its tasks are settled changes no result', async () => {
  const order = fc.infiniteStream(fc.nat())
  await fc.assert(
    fc.asyncProperty(tree, order, order, async (shape, one, two) => {
      const [first, second] = [await inOrder(shape, one), await inOrder(shape, two)]
      expect(first).toEqual(second)
    }),
    runs,
  )
})

function resultOf(out: Outcome): Value {
  return 'ok' in out ? out.ok : `failed: ${out.error.name}`
}

async function inOrder(shape: Tree, order: Iterable<number>) {
  const open: { value: string; answer: () => void }[] = []
  const slow = defineEffect<{ value: string }>({
    cmd: '/test/slow',
    class: 'query',
    parallel: 1000,
    args: v.strictObject({ value: v.string() }),
    run: ({ value }) =>
      new Promise(resolve => {
        // One in five says no.
        const isNo = [...value].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 5 === 0
        const error = { name: 'Denied', message: value }
        open.push({ value, answer: () => resolve(isNo ? { error, verdict: 'final' } : { ok: value }) })
      }),
  })
  const { run, runtime } = bobsEffects(undefined, [slow])
  const root = answered(shape, 'r')
  const draft = workflow(
    'slow',
    ({ task }) => {
      const grown = task('root', root)
      task('after', { cmd: '/test/echo', args: { value: grown } })
      task('put', { cmd: '/test/put', args: { value: grown } })
    },
    { config: { fx: { grants: [{ cmd: '/test' }] } } },
  )
  let isOver = false
  const ending = run(draft).finally(() => {
    isOver = true
  })
  const draws = order[Symbol.iterator]()
  while (!isOver) {
    await new Promise(setImmediate)
    // Those that were asked for meanwhile come in any order, too.
    open.sort((a, b) => (a.value < b.value ? -1 : 1))
    const [next] = open.splice(Number(draws.next().value) % Math.max(1, open.length), 1)
    next?.answer()
  }
  const { end, tasks } = await ending
  await runtime.close()
  const outcomes = [...tasks].map(([label, { how, receipt }]) => [label, how, resultOf(receipt.out)] as const)
  return { end, outcomes: outcomes.sort(([a], [b]) => (a < b ? -1 : 1)) }
}
