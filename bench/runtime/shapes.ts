// The shapes of work that every engine gets: trivial pure tasks, whose cost is the engine's own.
import type { CID, Value } from '@ipvm/ipld'
import { type TaskHandle, workflow } from '@ipvm/workflow'

/** The modules of the tasks, as a node has them. */
export interface Guests {
  /** guests/add: `add-one`, of one number. */
  readonly addOne: CID
  /** {@link sumModule}: `add`, of two numbers. */
  readonly sum: CID
}

/** A core module by hand, `(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))`. */
export const sumModule = Buffer.from(
  '0061736d0100000001070160027f7f017f03020100070701036164640000' + '0a09010700200020016a0b',
  'hex',
)

/** Tasks, one after the other; `first` sets this chain apart from others. */
export function chain({ addOne }: Guests, length: number, first: number): Value {
  return workflow('chain', ({ task }) => {
    let before: TaskHandle | number = first
    for (let i = 0; i < length; i++) before = task(`t${i}`, { mod: addOne, fun: 'add-one', params: [before] })
  })
}

/** Tasks that wait for nothing. */
export function fan({ addOne }: Guests, width: number, first: number): Value {
  return workflow('fan', ({ task }) => {
    for (let i = 0; i < width; i++) task(`t${i}`, { mod: addOne, fun: 'add-one', params: [first + i] })
  })
}

/** One tenth of the tasks wait for nothing, the others for one or two tasks among those before them. */
export function mixed({ addOne, sum }: Guests, count: number, first: number): Value {
  const draw = drawFrom(first)
  return workflow('mixed', ({ task }) => {
    const tasks: TaskHandle[] = []
    const earlier = (): TaskHandle | number => tasks[draw(tasks.length)] ?? first
    for (let i = 0; i < count; i++) {
      const label = `t${i}`
      if (i < count / 10) tasks.push(task(label, { mod: addOne, fun: 'add-one', params: [first + i] }))
      else tasks.push(task(label, { mod: sum, fun: 'add', params: [earlier(), i % 3 === 0 ? i : earlier()] }))
    }
  })
}

/** A small generator of numbers below a bound, the same for the same seed. */
function drawFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
