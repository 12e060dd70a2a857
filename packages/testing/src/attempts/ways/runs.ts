import type { EffectOutcome } from '@ipvm/runtime'
import { chainLacks, lateLacks } from '../chain.ts'
import { asAsked, asTasks } from '../deed.ts'
import { asks, echo, trap } from '../guests.ts'
import { good, until } from '../node.ts'
import { accepted, fxLacks, onlyLacks, submitted } from '../terms.ts'
import type { Way } from '../way.ts'
import { askedFor, document } from './guests.ts'

const denied: EffectOutcome = { error: { name: 'Denied', message: 'not now' }, verdict: 'final' }
const lost: EffectOutcome = { error: { name: 'Lost', message: 'no answer came' }, verdict: 'unknown' }

/** A person has it tried again: it failed, or nobody knows whether it was done. */
function tried(outcome: EffectOutcome): Way {
  const isLost = outcome === lost
  return {
    ...{ lacks: lateLacks, forms: isLost ? ['plain'] : ['plain', 'function', 'query'], asker: 'alice' },
    ...(isLost && { mutations: true }),
    prepare: ({ node, deed, fromNow }) => ({
      run: async terms => {
        // An idempotent one is asked for by itself as often as its config says.
        node.deeds.outcomes.set(deed.id, [outcome, outcome])
        const ended = await submitted(node, await node.stored(asTasks(deed)), terms)
        if (!ended) throw new Error('it was accepted')
        node.deeds.outcomes.delete(deed.id)
        fromNow()
        await terms.midway()
        good(await node.runtime.request(ended.run, { type: 'retry', label: 'deed' }))
        return node.runtime.ended(ended.run)
      },
    }),
  }
}

/** What a person says of another task goes into it. */
const settled: Way = {
  ...{ lacks: [...chainLacks, ...lateLacks], forms: ['plain'] },
  prepare: ({ node, deed }) => ({
    run: async terms => {
      const { n = null } = deed.resolved
      node.deeds.outcomes.set(`${deed.id} lost`, [lost])
      const args = { ...deed.resolved, n: { 'await/ok': 'lost' } }
      const tasks = { lost: { cmd: '/free/post', args: { id: `${deed.id} lost` } }, deed: { cmd: deed.cmd, args } }
      const ended = await submitted(node, await node.stored(tasks), terms)
      if (!ended) return
      await terms.midway()
      good(await node.runtime.request(ended.run, { type: 'settle', label: 'lost', out: { ok: n } }))
      await node.runtime.ended(ended.run)
    },
  }),
}

/** The node stops before its turn comes, and goes on later, by what is written down. */
function restarted(isAsked: boolean): Way {
  const lacks = [...chainLacks, ...lateLacks, ...lateLacks, ...onlyLacks]
  return {
    ...{ lacks: isAsked ? [...lacks, ...fxLacks] : lacks, forms: ['gate'] },
    prepare: ({ node, deed, random }) => ({
      asked: { depth: 1, tasks: asAsked(deed).length },
      run: async terms => {
        const reached = Promise.withResolvers<void>()
        node.deeds.gates.set(deed.id, () => {
          reached.resolve()
          return new Promise(() => {})
        })
        const asked = askedFor(deed, random.chance(0.5))
        const workflow = isAsked ? node.stored(...document(asked, terms, random)) : node.stored(asTasks(deed))
        const run = await accepted(node, await workflow, terms)
        if (!run) return
        const hasEnded = async () => (await node.store.run(run))?.end !== undefined
        await Promise.race([reached.promise, until(hasEnded)])
        node.deeds.gates.delete(deed.id)
        await node.restart(terms.midway)
        await until(hasEnded)
      },
    }),
  }
}

/** A run that failed is forked by a document that grants less. */
const forked: Way = {
  ...{ lacks: [...fxLacks, 'fx too many'], forms: ['plain'], asker: 'bob', only: false, mutations: true },
  prepare: ({ node, deed, random }) => ({
    asked: { depth: 1, tasks: 2 },
    run: async terms => {
      const call = { cmd: deed.cmd, args: deed.resolved }
      const beside = echo(`beside ${deed.id}`)
      const ask = random.chance(0.5) ? asks(deed.id, [beside, call]) : asks(deed.id, [beside], call)
      const stored = (stop: object, config: object) =>
        node.stored({ ask: { ...ask, meta: { 'ipvm/config': { ...config } } }, stop: { ...stop } })
      const parent = await stored(trap(deed.id), { fx: { grants: [{ cmd: '/' }] } })
      const { run } = good(await node.runtime.run(parent, { nonce: node.nonce() }))
      const { fx } = terms
      const workflow = await stored(echo(deed.id), fx === undefined ? {} : { fx })
      await node.runtime.run(workflow, { nonce: node.nonce() }, { from: { run, label: 'stop' } })
    },
  }),
}

const restarts = { restarted: restarted(false), 'restarted, asked for': restarted(true) }

export const runWays = { retried: tried(denied), doubtful: tried(lost), settled, forked, ...restarts }
