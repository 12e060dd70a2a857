import type { TaskHandle } from '@ipvm/workflow'
import type { Fault } from '../server/arrival.ts'
import type { Plan } from './plan.ts'

/** Adds a few tasks that belong together. All that fails in them is handled. */
export type Motif = (plan: Plan) => void

/** A value, with what may go wrong on the way to it. */
function someValue(plan: Plan): TaskHandle {
  const faults: readonly (readonly Fault[])[] = [[], [], [], ['late'], ['busy'], ['drop'], ['drop', 'busy']]
  return plan.value({ faults: plan.draw.pick(faults) })
}

/** Faults of which a mutation under a key takes no harm. */
function keyedFaults(plan: Plan): readonly Fault[] {
  return plan.draw.pick<readonly Fault[]>([[], [], ['late'], ['drop'], ['busy'], ['drop', 'busy', 'late']])
}

const chain: Motif = plan => {
  const value = someValue(plan)
  const first = plan.add([value, plan.draw.below(100)])
  plan.keyed({ send: plan.add([first, value]), faults: keyedFaults(plan) })
}

const fan: Motif = plan => {
  const value = someValue(plan)
  const parts = Array.from({ length: plan.draw.between(2, 8) }, (_, i) => plan.add([value, i]))
  plan.once({ send: plan.add(parts) })
}

/** The same in every workflow, so that they share it. */
const shared: Motif = plan => {
  const first = plan.add([plan.draw.below(3), 7])
  plan.keyed({ send: plan.add([first, 11]) })
}

/** All that await a value get the same one, though it is another one each time it is asked for. */
const readers: Motif = plan => {
  const value = someValue(plan)
  plan.keyed({ send: value, faults: keyedFaults(plan) })
  plan.once({ send: value })
  plan.add([value, value])
}

const handledFailure: Motif = plan => {
  const refused = plan.value({ faults: ['refuse'], ends: 'failed' })
  plan.keyed({ send: plan.add([refused.error]) })
}

const branchNotTaken: Motif = plan => {
  const value = someValue(plan)
  const skipped = plan.add([value.error], 'skipped')
  plan.once({ send: skipped, ends: 'skipped' })
  plan.keyed({ send: value })
}

/** One mutation after the other, with arithmetic in between. */
const sequence: Motif = plan => {
  const first = plan.keyed({ send: 1, faults: keyedFaults(plan) })
  const second = plan.once({ send: first })
  plan.keyed({ send: plan.add([first, second]) })
}

const lostAnswer: Motif = plan => {
  const sent = plan.once({ send: plan.draw.below(100), faults: ['drop'] })
  plan.add([sent])
}

const probedLostAnswer: Motif = plan => {
  const sent = plan.probed({ send: 5, faults: plan.draw.pick<readonly Fault[]>([['drop'], [], ['late']]) })
  plan.keyed({ send: sent })
}

/** A mutation that was not done is not tried again; where its process was killed meanwhile, a person may have it tried. */
const busyOnce: Motif = plan => {
  const busy = plan.once({ send: 3, faults: ['busy'], ends: 'either' })
  plan.add([busy.settled])
}

const refusedOnce: Motif = plan => {
  const refused = plan.once({ send: 2, faults: ['refuse'], ends: 'failed' })
  plan.keyed({ send: plan.add([refused.error]) })
}

const lateOnce: Motif = plan => {
  plan.once({ send: someValue(plan), faults: ['late'] })
}

const neverAnswered: Motif = plan => {
  const meta = { 'ipvm/config': { time: [250, 'milliseconds'] } }
  plan.keyed({ send: 8, faults: ['hang'], meta })
}

/** What undoes a mutation is not asked for where nothing fails. */
const undoable: Motif = plan => {
  plan.once({ send: undoableOnce(plan) })
}

/** Each change of the node's own map is made once, though it has no key and is written with its receipt alone. */
const puts: Motif = plan => {
  const first = plan.put(someValue(plan))
  plan.put(1)
  plan.put([first, 2])
}

/** Guests, in threads of their own. */
export const guests: Motif = plan => {
  const value = someValue(plan)
  plan.keyed({ send: plan.addOne(plan.addOne(value)) })
}

/** Every motif that a workflow may be made of and end well. */
export const motifs: readonly Motif[] = [
  chain,
  fan,
  shared,
  readers,
  handledFailure,
  branchNotTaken,
  sequence,
  lostAnswer,
  probedLostAnswer,
  busyOnce,
  refusedOnce,
  lateOnce,
  neverAnswered,
  undoable,
  puts,
]

/** A mutation fails after another one was done, which is undone. */
export const undone: Motif = plan => {
  plan.once({ send: undoableOnce(plan), faults: ['refuse'], ends: 'failed' })
}

/** Adds what undoes a mutation, and the mutation. */
function undoableOnce(plan: Plan): TaskHandle {
  const undo = plan.nextLabel
  plan.keyed({ send: 0, ends: plan.fate === 'undone' ? 'ok' : 'skipped' })
  return plan.once({ send: 6, meta: { 'ipvm/compensate': undo } })
}
