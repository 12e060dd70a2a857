import { createHash } from 'node:crypto'
import { Draw } from '../draw.ts'
import { guests, motifs, undone } from './motifs.ts'
import { planWorkflow, type Fate, type Plan, type PlannedWorkflow } from './plan.ts'

/**
 * The workflows of one test, all different and all of the same seed. What they are called at the counting server begins
 * with the seed and a slash.
 */
export function mixedWorkflows(seed: string): readonly PlannedWorkflow[] {
  const draw = new Draw(`${seed} workflows`)
  const traits = { isShared: draw.percent(40), hasGuests: draw.percent(guestsPercent) }
  return Array.from({ length: draw.between(2, 3) }, (_, i) => mixedWorkflow(seed, `${seed}/${i}`, draw, traits))
}

/** How many of 100 tests run guests, which need threads and so take longer. */
const guestsPercent = 8

interface Traits {
  /** Whether all workflows ask for one thing that is to be done once ever. */
  readonly isShared: boolean
  readonly hasGuests: boolean
}

function mixedWorkflow(seed: string, scope: string, draw: Draw, { isShared, hasGuests }: Traits): PlannedWorkflow {
  const fate = draw.pick<Fate>(['done', 'done', 'done', 'done', 'doomed', 'undone'])
  return planWorkflow(scope, { draw, fate }, plan => {
    const count = draw.between(2, 4)
    for (let i = 0; i < count; i++) draw.pick(motifs)(plan)
    if (hasGuests) guests(plan)
    if (isShared && fate !== 'doomed') onceEver(plan, seed)
    if (fate === 'undone') undone(plan)
    if (fate === 'doomed') doomed(plan)
  })
}

/** Fails where nobody handles it, before anything may be sent. */
function doomed(plan: Plan): void {
  if (plan.draw.percent(50)) return void plan.fail()
  const refused = plan.value({ faults: ['refuse'], ends: 'failed' })
  plan.once({ send: plan.add([refused], 'skipped'), ends: 'skipped' })
}

/** A nonce of its own makes it one thing, whichever workflow asks for it. */
function onceEver(plan: Plan, seed: string): void {
  const nonce = new Uint8Array(createHash('sha256').update(`${seed} once ever`).digest().subarray(0, 16))
  plan.once({ send: 9, nonce, id: `${seed}/ever` })
}
