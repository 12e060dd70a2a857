import { cidKey, encode, isMap, type ValueMap } from '@ipvm/ipld'
import { awaitValue, noNonce, promisesIn, taskName, type Task } from '@ipvm/ucan'
import type { AskedEffects } from '@ipvm/runtime'
import { fingerprint, moduleOfFunctions, numbersEnd } from './functions.ts'
import { commandOf, type Kind, type PlannedTask } from './plan.ts'

/** What the functions of a simulation ask for. */
export interface Growth {
  readonly fork: readonly Task[]
  readonly join?: Task
}

/** How the arguments of effects begin that functions ask for: whose they are, nobody can tell by that. */
export const grownId = 'grown.'

/** Below which number a post of theirs has to be for their config to grant it. */
const postedBelow = 90

/** What the config of every workflow lets its functions ask for. */
export const grants: ValueMap = {
  grants: [
    { cmd: '/wasm/run' },
    { cmd: '/sim/read' },
    { cmd: '/sim/put' },
    { cmd: '/sim/keep' },
    { cmd: '/sim/post', pol: [['<', '.n', postedBelow]] },
  ],
  depth: 2,
}

/** Whether that config grants a task. */
export function isGranted({ cmd, args }: Task): boolean {
  return cmd !== '/sim/post' || Number(args.n) < postedBelow
}

/** The tasks that a call asks for; nothing where its function asks for none. */
export function growthOf({ fun, params }: ValueMap): Growth | undefined {
  if (fun !== 'grow' && fun !== 'sprout') return undefined
  const number = fingerprint([fun, params ?? null]) % numbersEnd
  const kind = (['put', 'post', 'keep'] as const)[number % 3] ?? 'put'
  const effect = (of: Kind) => ({
    cmd: commandOf[of],
    args: { id: `${grownId}${number}`, n: number, also: [] },
    nonce: noNonce,
  })
  const call = (name: string, given: ValueMap['x'][]) => {
    const args = { mod: moduleOfFunctions, fun: name, params: given.filter(value => value !== undefined) }
    return { cmd: commandOf.guest, args, nonce: noNonce }
  }
  const mixed = call('mix', [number % 6])
  const read = number % 4 === 0 ? [effect('read')] : []
  // One in five grows further, which those that were grown do not.
  const sprout = fun === 'grow' && number % 5 === 0 ? [call('sprout', [number % 6])] : []
  const fork = [mixed, ...read, ...sprout, ...(number % 2 === 0 ? [effect(kind)] : [])]
  if (number % 3 === 1) return { fork }
  const told = read.map(task => awaitValue({ branch: '*', target: taskName(task) }))
  return { fork, join: call('mix', [awaitValue({ branch: 'ok', target: taskName(mixed) }), ...told]) }
}

/** The same as the runtime is given it. */
export function askedOf({ fork, join }: Growth): AskedEffects {
  const bytesOf = ({ cmd, args }: Task) => encode({ cmd, args })
  return { fork: fork.map(bytesOf), ...(join && { join: bytesOf(join) }) }
}

/** What has to become of the tasks that one asked for. */
export function planGrowth(asker: PlannedTask, { fork, join }: Growth): readonly PlannedTask[] {
  const tasks = fork.map((task, i) => ({ task, label: `${asker.label}/fork/${i}` }))
  if (join) tasks.push({ task: join, label: `${asker.label}/join` })
  const labels = new Map(tasks.toReversed().map(({ task, label }) => [cidKey(taskName(task)), label]))
  const handled = new Set<string>()
  for (const { task } of tasks) {
    for (const { branch, target } of promisesIn(task.args)) if (branch !== 'ok') handled.add(cidKey(target))
  }
  return tasks.map(({ task, label }): PlannedTask => {
    const name = taskName(task)
    const refs = promisesIn(task.args).map(({ branch, target }) => {
      const awaited = labels.get(cidKey(target))
      return { branch, target, ...(awaited !== undefined && { label: awaited }) }
    })
    const known = { standby: false, secret: false, afterMutation: asker.afterMutation }
    // How what goes on in its place ends is how the asking one does.
    return {
      ...{ label, task, name, refs },
      ...known,
      kind: kindOf(task),
      handled: task === join || handled.has(cidKey(name)),
    }
  })
}

function kindOf({ cmd, args }: Task): Kind {
  const kinds = Object.entries(commandOf).find(([, known]) => known === cmd)?.[0]
  return isMap(args) && (kinds === 'read' || kinds === 'put' || kinds === 'post' || kinds === 'keep') ? kinds : 'guest'
}
