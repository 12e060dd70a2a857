import type { CID, Value, ValueMap } from '@ipvm/ipld'
import { awaitValue, taskName, type Branch, type Command } from '@ipvm/ucan'
import { compile, workflowTag, type Compiled } from '@ipvm/workflow'
import { moduleOfFunctions } from '../world/functions.ts'
import type { Random } from '../world/random.ts'
import type { Islander } from './people.ts'

/** A workflow, and whose node it is submitted to, by its owner. */
export interface Errand {
  readonly number: number
  readonly owner: Islander
  readonly compiled: Compiled
  /** When it is submitted, milliseconds. */
  readonly at: number
}

/** A task as it is written, and whose it is to do. */
interface Draft {
  readonly cmd: Command
  readonly sub?: string
  readonly args: ValueMap
}

const effects = { '/sim/read': 5, '/sim/put': 3, '/sim/post': 3 } as const
const branches = { ok: 16, '*': 2, error: 1 } as const

/** Makes the errands of a seed. */
export async function errands(random: Random, islanders: readonly Islander[], count: number, within: number) {
  const honest = islanders.filter(({ isLiar }) => !isLiar)
  const all: Errand[] = []
  for (let number = 0; number < count; number++) {
    const owner = random.pick(honest)
    const others = islanders.filter(other => other !== owner && (!other.isLiar || random.chance(0.2)))
    const tasks = draw(random, number, others)
    const compiled = await compile({ [workflowTag]: { name: `e${number}`, defaults, tasks } })
    if ('error' in compiled) throw new Error(`an errand compiles: ${compiled.error.message}`)
    all.push({ number, owner, compiled: compiled.ok, at: random.below(within) })
  }
  return all
}

const defaults = { retry: { max: 4, backoff: [200, 'milliseconds'], factor: 2 }, time: [30, 'seconds'] }

function draw(random: Random, number: number, others: readonly Islander[]): Record<string, ValueMap> {
  const drafts = new Map<string, Draft>()
  const size = random.between(1, 7)
  while (drafts.size < size) {
    const label = `t${drafts.size}`
    const sub = random.chance(0.35) ? random.pick(others).signer.did : undefined
    const promise = () => promised(random, [...drafts.keys()])
    drafts.set(label, {
      ...(random.chance(0.65) ? guest(random, promise) : effect(random, `e${number}.${label}`, promise)),
      ...(sub !== undefined && { sub }),
    })
  }
  return Object.fromEntries(drafts) as Record<string, never>
}

/** Small numbers, so that several people come to ask for the same. */
function guest(random: Random, promise: () => Value | undefined): Draft {
  const fun = random.weighed({ mix: 12, pair: 1, risky: 1 })
  const params = Array.from(
    { length: random.between(1, 2) },
    () => (random.chance(0.5) && promise()) || random.below(6),
  )
  return { cmd: '/wasm/run', args: { mod: moduleOfFunctions, fun, params } }
}

function effect(random: Random, id: string, promise: () => Value | undefined): Draft {
  const n = (random.chance(0.6) && promise()) || random.below(6)
  return { cmd: random.weighed(effects), args: { id, n, also: [] } }
}

function promised(random: Random, labels: readonly string[]): Value | undefined {
  if (labels.length === 0) return undefined
  const branch: Branch = random.weighed(branches)
  return awaitValue({ branch, target: random.pick(labels) })
}

/** The names of an errand's tasks, by label. */
export function namesOf({ compiled }: Errand): ReadonlyMap<string, CID> {
  return new Map(Object.entries(compiled.workflow.tasks).map(([label, task]) => [label, taskName(task)]))
}
