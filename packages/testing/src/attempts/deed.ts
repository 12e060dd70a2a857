import type { Value, ValueMap } from '@ipvm/ipld'
import type { Branch, Command } from '@ipvm/ucan'
import { awaitValue } from '@ipvm/ucan'
import type { Random } from '../world/random.ts'
import { deedCommands } from './deeds.ts'
import { echo, promiseOf, trap, type Asked } from './guests.ts'

/** How an argument of a deed comes: as it is, or as a promise of another task. */
export const forms = ['plain', 'function', 'query', 'either', 'error', 'gate'] as const
export type Form = (typeof forms)[number]

/** What is tried to be done. */
export interface Deed {
  readonly id: string
  readonly cmd: Command
  readonly form: Form
  /** What the task gives that it awaits, where that gives something. */
  readonly given: number
  /** Its arguments, with values in place of promises. */
  readonly resolved: ValueMap
}

/** Draws a deed. Its id is another one where it is to be done than where it is not, and as long. */
export function drawDeed(id: string, form: Form, random: Random, isMutation: boolean): Deed {
  const n = random.below(1000)
  const to = `friends/${random.pick(['alice', 'bob', 'carol'])}`
  const cmd = random.pick(isMutation ? deedCommands.filter(one => one !== '/deed/ask') : deedCommands)
  return { id, cmd, form, given: n, resolved: { id, to, list: [1, 2], n: resolvedN(n, form) } }
}

function resolvedN(n: number, form: Form): Value {
  if (form === 'either') return { ok: n }
  return form === 'error' ? { message: 'the guest trapped', name: 'Trap' } : n
}

/** The task whose result is the argument; nothing, where it is as it is. */
export function sourceOf({ id, form, given }: Deed): Asked | undefined {
  switch (form) {
    case 'plain':
      return undefined
    case 'function':
    case 'either':
      return echo(given)
    case 'error':
      return trap(id)
    case 'query':
      return { cmd: '/free/tell', args: { value: given } }
    case 'gate':
      return { cmd: '/free/tell', args: { value: given, gate: id } }
  }
}

/** Which branch of that is meant. */
function branchOf({ form }: Deed): Branch {
  if (form === 'either') return '*'
  return form === 'error' ? 'error' : 'ok'
}

/** A deed and what it awaits, as tasks of a document. */
export function asTasks(deed: Deed, label = 'deed', meta?: ValueMap): { readonly [label: string]: ValueMap } {
  const source = sourceOf(deed)
  const { cmd, resolved } = deed
  const more = meta ? { meta } : {}
  if (!source) return { [label]: { cmd, args: resolved, ...more } }
  const n = awaitValue({ branch: branchOf(deed), target: 'source' })
  return { source: { ...source }, [label]: { cmd, args: { ...resolved, n }, ...more } }
}

/** A deed and what it awaits, as a function asks for them; the deed is the last. */
export function asAsked(deed: Deed): readonly Asked[] {
  const source = sourceOf(deed)
  const { cmd, resolved } = deed
  if (!source) return [{ cmd, args: resolved }]
  return [source, { cmd, args: { ...resolved, n: promiseOf(source, branchOf(deed)) } }]
}
