import type { Value, ValueMap } from '@ipvm/ipld'
import { chainLacks, lateLacks } from '../chain.ts'
import { asAsked, asTasks, forms, type Deed } from '../deed.ts'
import { asks, bytesOf, echo, first, guest, promiseOf, saying, trap, type Asked } from '../guests.ts'
import { boundLacks, fxLacks, onlyLacks, submitted, type Terms } from '../terms.ts'
import type { Attempt, Way } from '../way.ts'
import { Random } from '../../world/random.ts'

const lacks = [...chainLacks, ...lateLacks, ...onlyLacks, ...fxLacks, ...fxLacks]

/** A function's task, with what it is granted: in its own config, or in that of all. */
export function document(asked: Asked, { fx }: Terms, random: Random): [tasks: ValueMap, more: ValueMap] {
  if (fx === undefined) return [{ ask: { ...asked } }, {}]
  if (random.chance(0.5)) return [{ ask: { ...asked } }, { config: { fx } }]
  return [{ ask: { ...asked, meta: { 'ipvm/config': { fx } } } }, {}]
}

/** A deed as one function asks for it: side by side with what it awaits, or in its own place. */
export function askedFor(deed: Deed, isJoin: boolean): Asked {
  const all = asAsked(deed)
  return isJoin ? asks(deed.id, all.slice(0, -1), all.at(-1)) : asks(deed.id, all)
}

/** What a function asks for. */
function spawned(isJoin: boolean): Way {
  return {
    ...{ lacks, forms },
    prepare: ({ node, deed, random }) => ({
      asked: { depth: 1, tasks: asAsked(deed).length },
      run: async terms => submitted(node, await node.stored(...document(askedFor(deed, isJoin), terms, random)), terms),
    }),
  }
}

/** What is asked for by functions that others ask for. */
function nest({ deed, random }: Attempt): { asked: Asked; bounds: { depth: number; tasks: number } } {
  const levels = random.between(1, 3)
  let asked = askedFor(deed, random.chance(0.5))
  let tasks = asAsked(deed).length
  for (let i = 0; i < levels; i++) {
    const beside = random.chance(0.3) ? [echo(i)] : []
    tasks += 1 + beside.length
    asked = random.chance(0.5) ? asks(i, [...beside, asked]) : asks(i, beside, asked)
  }
  return { asked, bounds: { depth: levels + 1, tasks } }
}

const nested: Way = {
  ...{ lacks: [...lacks, ...boundLacks, ...boundLacks], forms },
  prepare: attempt => {
    const { node, random } = attempt
    const { asked, bounds } = nest(attempt)
    return {
      asked: bounds,
      run: async terms => submitted(node, await node.stored(...document(asked, terms, random)), terms),
    }
  },
}

/** Bob has had the same function asked before: what it asks for is known. */
const known: Way = {
  ...{ lacks: [...lacks, ...boundLacks], forms },
  prepare: attempt => {
    const { node, random, fromNow } = attempt
    const { asked, bounds } = nest(attempt)
    return {
      asked: bounds,
      run: async terms => {
        await node.run({ ask: { ...asked } }, { config: { fx: { grants: [{ cmd: '/' }] } } })
        fromNow()
        return submitted(node, await node.stored(...document(asked, terms, random)), terms)
      },
    }
  },
}

/** What looks as if it was asked for, and is a value; what is asked for, where nothing is lacking. */
const lookalike: Way = {
  ...{ lacks: [], own: ['a value that looks like what is asked for'], forms },
  prepare: ({ node, deed, random, own }) => ({
    asked: { depth: 1, tasks: asAsked(deed).length },
    run: async terms => {
      const fork = asAsked(deed).map(bytesOf)
      const fx = { value: null, fork, join: fork.at(-1) ?? null, fx: { fork } }
      const asked = own ? echo(fx) : askedFor(deed, false)
      return submitted(node, await node.stored(...document(asked, terms, random)), terms)
    },
  }),
}

/** A handler that asks for it; one that names it, where nothing is lacking. */
const handler: Way = {
  ...{ lacks: [], own: ['a handler that asks'], forms: ['plain', 'function', 'query'] },
  prepare: ({ node, deed, random, own }) => ({
    asked: { depth: 1, tasks: asAsked(deed).length },
    run: async terms => {
      const asking = saying({ fork: asAsked(deed).map(bytesOf) })
      const tasks = { ...asTasks(deed, 'deed', { 'ipvm/standby': true }), broken: { ...trap(deed.id) } }
      const fun = own ? asking : saying({ rewire: 'deed' })
      const config = random.chance(0.5) && terms.fx ? { config: { fx: terms.fx } } : {}
      return submitted(node, await node.stored(tasks, { ...config, catch: { mod: guest, fun } }), terms)
    },
  }),
}

/** What a function gives goes into it that was not granted with these arguments, though its result is known. */
const through: Way = {
  ...{ lacks: [], own: ['a function with these arguments'], forms: ['plain'], asker: 'bob', only: false },
  prepare: ({ node, deed, own }) => ({
    run: async terms => {
      const one = first([deed.given, deed.id])
      const two = echo(promiseOf(one))
      const ask = asks(deed.id, [one, two], { cmd: deed.cmd, args: { ...deed.resolved, n: promiseOf(two) } })
      await node.run({ one: { ...one }, two: { ...echo({ 'await/ok': 'one' }) } })
      const pol: Value[] = own ? [['!=', '.params[0]', deed.given]] : []
      const fx = { grants: [{ cmd: '/wasm/run', pol }, { cmd: '/deed' }] }
      return submitted(node, await node.stored(...document(ask, { ...terms, fx }, new Random(0))), terms)
    },
  }),
}

export const guestWays = { fork: spawned(false), join: spawned(true), nested, known, lookalike, handler, through }
