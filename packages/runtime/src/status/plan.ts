import { ok, type Result } from '@ipvm/ipld'
import { noNonce, promisesIn, taskName } from '@ipvm/ucan'
import { planOf, type KnownResult, type PlacedTask, type Plan, type Workflow } from '@ipvm/workflow'
import { Authority } from '../authority/authority.ts'
import { queryProfile } from '../effect/query.ts'
import { knownEffect, noProfile, profileOf } from '../outcome/issue.ts'
import type { Engine } from '../engine/engine.ts'
import { refusedTask } from '../submission/check.ts'
import { place } from '../submission/place.ts'
import type { SubmitFailure } from '../submission/failure.ts'

/** What a workflow of this node's own would do, and what of it is known. Failure: what would refuse it at submission. */
export async function planFor(workflow: Workflow, engine: Engine): Promise<Result<Plan, SubmitFailure>> {
  const layout = place(workflow, engine)
  if ('error' in layout) return layout
  const { store, signer, world } = engine
  const own = new Authority(signer.did, signer.did, [], () => ({ now: world.now(), revocations: store }))
  const refused = await refusedTask({ layout: layout.ok }, own, engine)
  return refused ? { error: refused } : ok(await planOf(layout.ok, task => known(task, engine)))
}

async function known(placed: PlacedTask, { commands, memo, signer }: Engine): Promise<KnownResult | undefined> {
  if (placed.agent) return undefined
  const { name, task, config, secret, class: effect } = placed
  const { sub = signer.did } = task
  const isAsked = promisesIn(task.args).length > 0
  const find = (): ReturnType<typeof memo.find> | undefined => {
    if (effect === 'pure') return memo.find(name, profileOf(commands[task.cmd]?.profile ?? noProfile, secret))
    // With promises it is known under its resolved name alone, and that is not known yet.
    if (isAsked) return undefined
    if (effect === 'query' && config.reuse > 0)
      return memo.find(taskName({ ...task, sub, nonce: noNonce }), profileOf(queryProfile, secret))
    if (effect === 'mutation' && task.nonce.length > 0) return knownEffect(taskName({ ...task, sub }), { memo })
    return undefined
  }
  const receipt = await find()
  return receipt && { receipt: receipt.cid, branch: 'ok' in receipt.out ? 'ok' : 'error' }
}
