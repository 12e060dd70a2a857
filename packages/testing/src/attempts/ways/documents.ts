import { error, type Value, type ValueMap } from '@ipvm/ipld'
import { covers, delegate, type Command } from '@ipvm/ucan'
import { bob } from '../../people.ts'
import { chainLacks, lateLacks } from '../chain.ts'
import { asTasks, forms } from '../deed.ts'
import { echo, first, guest, saying, trap } from '../guests.ts'
import type { AttemptNode } from '../node.ts'
import { onlyLacks, requestLacks, submitted, type Terms } from '../terms.ts'
import type { Way } from '../way.ts'

const lacks = [...chainLacks, ...lateLacks, ...onlyLacks, ...requestLacks]
const calm = forms.filter(form => form !== 'error')

/** A task of the document. */
const task: Way = {
  ...{ lacks, forms },
  prepare: ({ node, deed, random }) => ({
    run: async terms => {
      const beside = random.chance(0.3) ? { beside: { ...echo(random.below(10)) } } : {}
      return submitted(node, await node.stored({ ...asTasks(deed), ...beside }), terms)
    },
  }),
}

/** A task on standby that the handler names in the place of one that failed. */
const rewired: Way = {
  ...{ lacks, forms: calm },
  prepare: ({ node, deed }) => ({
    run: async terms => {
      const tasks = { ...asTasks(deed, 'deed', { 'ipvm/standby': true }), broken: { ...trap(deed.id) } }
      const handler = { mod: guest, fun: saying({ rewire: 'deed' }) }
      return submitted(node, await node.stored(tasks, { catch: handler }), terms)
    },
  }),
}

/** A value of the handler's goes into it. */
const caught: Way = {
  ...{ lacks: lacks.filter(lack => !lateLacks.some(late => late === lack)), forms: ['plain'] },
  prepare: ({ node, deed }) => ({
    run: async terms => {
      const { n = null } = deed.resolved
      const args = { ...deed.resolved, n: { 'await/ok': 'broken' } }
      const tasks = { broken: { ...trap(deed.id) }, deed: { cmd: deed.cmd, args } }
      return submitted(node, await node.stored(tasks, { catch: { mod: guest, fun: saying({ ok: n }) } }), terms)
    },
  }),
}

/** What undoes a mutation that everybody may have done, when a later one fails. */
const compensation: Way = {
  ...{ lacks, forms: calm, mutations: true },
  prepare: ({ node, deed }) => ({
    run: async terms => {
      const { id } = deed
      const no = { name: 'Denied', message: 'it will not be' }
      node.deeds.outcomes.set(`${id} no`, [{ ...error(no), verdict: 'final' }])
      const post = (about: string, more: ValueMap = {}) => ({ cmd: '/free/post', args: { id: about, ...more } })
      const tasks = {
        ...asTasks(deed),
        first: { ...post(`${id} yes`), meta: { 'ipvm/compensate': 'deed' } },
        second: post(`${id} no`, { after: { 'await/ok': 'first' } }),
      }
      return submitted(node, await node.stored(tasks), terms)
    },
  }),
}

/** The same request once more; another one, where nothing is lacking. */
const replayed: Way = {
  ...{ lacks: [], own: ['replayed'], forms: ['plain'], asker: 'alice' },
  prepare: ({ node, deed, own, fromNow }) => ({
    run: async terms => {
      const workflow = await node.stored(asTasks(deed))
      const nonce = node.nonce()
      await submitted(node, workflow, terms, { nonce })
      fromNow()
      await submitted(node, workflow, terms, own ? { nonce } : {})
    },
  }),
}

/**
 * What a function gives that who asks may not have run with these arguments: Bob had it run, and its result is known.
 * The arguments are not known before another one has given them.
 */
const known: Way = {
  ...{ lacks: [], own: ['of a function with these arguments'], forms: ['plain'] },
  prepare: ({ node, deed, own }) => ({
    run: async terms => {
      const list = [deed.given, deed.id]
      const [one, two] = [{ ...first(list) }, { ...echo({ 'await/ok': 'one' }) }]
      await node.run({ one, two })
      const args = { ...deed.resolved, n: { 'await/ok': 'two' } }
      const workflow = await node.stored({ one, two, deed: { cmd: deed.cmd, args } })
      return submitted(node, workflow, await running(node, terms, own ? deed.given : undefined))
    },
  }),
}

/** The same terms, but for functions of an argument. */
async function running(node: AttemptNode, terms: Terms, except: number | undefined): Promise<Terms> {
  const cmd: Command = '/wasm/run'
  const pol: Value[] = except === undefined ? [] : [['!=', '.params[0]', except]]
  const only = terms.only?.map(grant => (grant.cmd === cmd ? { cmd, pol } : grant))
  if (terms.asker === bob)
    return {
      ...terms,
      only: only ?? [
        { cmd, pol },
        { cmd: '/deed', pol: [] },
      ],
    }
  const given = await Promise.all(
    [{ cmd, pol }, { cmd: '/deed', pol: [] } as const].map(grant =>
      delegate({ aud: terms.asker.did, sub: bob.did, ...grant, nonce: node.nonce(), exp: null }, bob),
    ),
  )
  // One of all commands would let functions run, too.
  const others = terms.delegations.filter(one => !covers(one.cmd, cmd))
  return { ...terms, only, delegations: [...others, ...given] }
}

export const documentWays = { task, rewired, caught, compensation, replayed, known }
