import { error, type ValueMap } from '@ipvm/ipld'
import { chainLacks, lateLacks } from '../chain.ts'
import { asTasks, forms } from '../deed.ts'
import { echo, guest, saying, trap } from '../guests.ts'
import { onlyLacks, requestLacks, submitted } from '../terms.ts'
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

export const documentWays = { task, rewired, caught, compensation, replayed }
