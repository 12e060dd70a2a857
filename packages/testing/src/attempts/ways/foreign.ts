import type { CID, ValueMap } from '@ipvm/ipld'
import { delegate, revoke, type Delegation } from '@ipvm/ucan'
import { bob } from '../../people.ts'
import { asks, echo, type Asked } from '../guests.ts'
import type { AttemptNode } from '../node.ts'
import { submitted, type Terms } from '../terms.ts'
import type { Attempt, Way } from '../way.ts'

const own = ['may not read', 'may read another', 'may read no more'] as const

/** A task of Bob's that has ended, whose result is the argument of the deed. */
async function foreign({ node, deed: { id, resolved }, random }: Attempt): Promise<CID> {
  const { n = null } = resolved
  const [value, nonce] = [[id, n], node.nonce()]
  const source: Asked = random.chance(0.5) ? echo(n) : { cmd: '/free/tell', args: { value: n }, nonce }
  const ended = await node.run({ source: { ...source }, other: { ...echo(value) } })
  const name = ended.tasks.get('source')?.task
  if (!name) throw new Error('it ran')
  return name
}

/** The same terms with the right to read the result, or without. */
async function reading(node: AttemptNode, terms: Terms, task: CID, lack: string | undefined): Promise<Terms> {
  const about = lack === 'may read another' ? await node.stored({ other: { ...echo(node.nonce()) } }) : task
  const grant = { cmd: '/receipt/read', pol: [['==', '.task', about]] } as const
  const given = lack === 'may not read' ? [] : [grant]
  // What was taken back is a delegation: where the request itself says what may be done, it says nothing.
  const own = lack === 'may read no more' ? [] : given
  const only = terms.only && [...terms.only, ...own.map(({ cmd, pol }) => ({ cmd, pol: [...pol] }))]
  if (terms.asker === bob) return { ...terms, only }
  const fields = { aud: terms.asker.did, sub: bob.did, nonce: node.nonce(), exp: null }
  const delegations: Delegation[] = await Promise.all(given.map(one => delegate({ ...fields, ...one }, bob)))
  if (lack === 'may read no more') {
    await node.store.commit({ revocations: await Promise.all(delegations.map(one => revoke(one, bob))) })
  }
  return { ...terms, only, delegations: [...terms.delegations, ...delegations] }
}

/** A result of another workflow goes into it. */
const awaited: Way = {
  ...{ lacks: [], own, forms: ['plain'], asker: 'alice' },
  prepare: attempt => ({
    run: async terms => {
      const { node, deed, own: lack } = attempt
      const name = await foreign(attempt)
      const args = { ...deed.resolved, n: { 'await/ok': name } }
      const workflow = await node.stored({ deed: { cmd: deed.cmd, args } })
      return submitted(node, workflow, await reading(node, terms, name, lack))
    },
  }),
}

/** The same where Bob asks, and says that no more is done than he means. */
const within: Way = { ...awaited, asker: 'bob', only: true }

/** A function asks for it, of which nobody said that it may have the results of others read. */
const asked: Way = {
  ...{ lacks: [], own: [...own, 'fx grants no reading', 'fx grants another reading'], forms: ['plain'] },
  prepare: attempt => ({
    asked: { depth: 1, tasks: 1 },
    run: async terms => {
      const { node, deed, own: lack, random } = attempt
      const name = await foreign(attempt)
      const call = { cmd: deed.cmd, args: { ...deed.resolved, n: { 'await/ok': name } } }
      const function_ = random.chance(0.5) ? asks(deed.id, [call]) : asks(deed.id, [], call)
      const isFx = lack?.startsWith('fx') === true
      // Who asks himself may read everything.
      const isBobs = terms.asker === bob && !terms.only
      const read: ValueMap = { cmd: '/receipt/read', pol: [['==', '.task', name]] }
      const other: ValueMap = { cmd: '/receipt/read', pol: [['==', '.task', await node.stored({ x: { ...echo(0) } })]] }
      const reads = lack === 'fx grants another reading' ? [other] : isFx || (isBobs && lack) ? [] : [read]
      const grants = [{ cmd: '/wasm/run' }, { cmd: deed.cmd }, ...reads]
      const workflow = await node.stored({ ask: { ...function_ } }, { config: { fx: { grants } } })
      return submitted(node, workflow, await reading(node, terms, name, isFx ? undefined : lack))
    },
  }),
}

export const foreignWays = { awaited, within, asked }
