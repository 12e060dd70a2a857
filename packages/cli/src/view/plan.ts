import { isLink, mapPromises, policyValue } from '@ipvm/ucan'
import type { ValueMap } from '@ipvm/ipld'
import type { Plan, PlannedTask } from '@ipvm/workflow'
import { printable } from '../output.ts'
import { short } from './short.ts'

/** How many tasks of a stage are shown. */
const shownMax = 50

/** The widest column, characters; what is wider pushes its own line alone. */
const columnMax = 44

const titles: readonly (readonly [keyof Plan, string])[] = [
  ['queries', 'Queries, which change nothing'],
  ['pure', 'Computed here, or known'],
  ['mutations', 'Mutations, once all of the above has settled and nothing failed'],
  ['after', 'What awaits mutations'],
  ['standby', 'On standby: runs only when it is called upon'],
]

/** What a workflow is going to do, for a person to read before anything of it runs. */
export function planText(plan: Plan): string {
  const stages = titles.filter(([stage]) => plan[stage].length > 0)
  const shown = stages.flatMap(([stage]) => plan[stage].slice(0, shownMax))
  const widths = [widest(shown.map(labelOf)), widest(shown.map(callOf))] as const
  const pages = stages.map(([stage, title]) => {
    const lines = plan[stage].slice(0, shownMax).map(task => lineOf(task, widths))
    const more = plan[stage].length - lines.length
    return [title, ...lines, ...(more > 0 ? [`  … and ${more} more`] : [])].join('\n')
  })
  return [...pages, summary(plan)].join('\n\n')
}

/** The same for programs, stage by stage. */
export function planValue(plan: Plan): ValueMap {
  return Object.fromEntries(titles.map(([stage]) => [stage, plan[stage].map(taskValue)]))
}

function taskValue(planned: PlannedTask): ValueMap {
  const { label, name, task, awaits, foreign, known, undoneBy, undoes, secret, fx, ...rest } = planned
  return {
    ...{ label, cmd: task.cmd, class: rest.class, attempts: rest.attempts, again: rest.again },
    ...{ awaits: awaits.map(awaited => ({ ...awaited })), foreign, undoes, secret },
    ...(!secret && { task: name }),
    ...(known && { known: { ...known } }),
    ...(undoneBy !== undefined && { undoneBy }),
    ...(fx && { fx: fxValue(fx) }),
  }
}

function fxValue({ grants, depth, tasks, gas }: NonNullable<PlannedTask['fx']>): ValueMap {
  return {
    grants: grants.map(({ cmd, sub, pol }) => ({ cmd, ...(sub !== undefined && { sub }), pol: policyValue(pol) })),
    depth,
    tasks,
    gas,
  }
}

function lineOf(task: PlannedTask, [label, call]: readonly [number, number]): string {
  const columns = [labelOf(task).padEnd(label), callOf(task).padEnd(call), notesOf(task).join('; ')]
  return `  ${columns.join('  ')}`.trimEnd()
}

function labelOf({ label }: PlannedTask): string {
  return printable(label)
}

/** The call on one line; what a promise stands for is among the notes, and what is secret is nowhere. */
function callOf({ task: { cmd, args }, secret }: PlannedTask): string {
  if (typeof args.fun === 'string') return `${cmd} ${printable(args.fun)}`
  if (secret || Object.keys(args).length === 0) return cmd
  const call = `${cmd} ${short(mapPromises(args, isLink, () => '…'))}`
  return call.length > columnMax ? `${call.slice(0, columnMax - 1)}…` : call
}

function notesOf({ awaits, foreign, known, attempts, again, secret, undoneBy, undoes, fx }: PlannedTask): string[] {
  const after = [
    ...awaits.map(({ label, branch }) => `${printable(label)}${branch === 'ok' ? '' : ` (${branchNames[branch]})`}`),
    ...foreign.map(task => `${task} (another workflow)`),
  ]
  return [
    ...(after.length > 0 ? [`after ${after.join(', ')}`] : []),
    known ? `known (${known.branch}), ${known.receipt}` : attemptsText(attempts, again),
    ...(undoneBy === undefined ? [] : [`undone by ${printable(undoneBy)}`]),
    ...(undoes.length === 0 ? [] : [`undoes ${undoes.map(printable).join(', ')}`]),
    ...(fx ? [fxText(fx)] : []),
    ...(secret ? ['secret'] : []),
  ]
}

/** What a task's function may ask for, which is not known before it ran. */
function fxText({ grants, tasks }: NonNullable<PlannedTask['fx']>): string {
  const commands = [...new Set(grants.map(grantText))]
  return `may ask for up to ${tasks} tasks more: ${commands.map(printable).join(', ')}`
}

const branchNames = { error: 'its error', '*': 'either way' } as const

function attemptsText(attempts: number, again: PlannedTask['again']): string {
  if (again === 'never') return 'once, never again by itself'
  if (attempts === 1) return 'tried once'
  return again === 'same' ? `tried up to ${attempts} times` : `sent up to ${attempts} times under one key`
}

function summary(plan: Plan): string {
  const all = titles.flatMap(([stage]) => plan[stage])
  const known = all.filter(task => task.known).length
  const standby = plan.standby.length
  const mutations = plan.mutations.filter(task => !task.known).length
  const counts = [
    `${known} known`,
    `${all.length - standby - known} to run`,
    ...(mutations > 0 ? [`${mutations} of them ${mutations === 1 ? 'a mutation' : 'mutations'}`] : []),
    ...(standby > 0 ? [`${standby} on standby`] : []),
  ]
  return `${all.length} ${all.length === 1 ? 'task' : 'tasks'}: ${counts.join(', ')}`
}

function widest(texts: readonly string[]): number {
  return Math.min(columnMax, Math.max(0, ...texts.map(({ length }) => length)))
}

function grantText({ cmd, sub, pol }: NonNullable<PlannedTask['fx']>['grants'][number]): string {
  return `${cmd}${sub === undefined ? '' : ` of ${sub}`}${pol.length > 0 ? ' (some)' : ''}`
}
