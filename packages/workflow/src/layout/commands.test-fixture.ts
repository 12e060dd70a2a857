import { cidOf, codec, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import { compile } from '../compile/compile.ts'
import type { Workflow } from '../document/document.ts'
import type { CommandTraits } from './traits.ts'

/** What the node of these tests has: one command of each kind. */
export const commands: Readonly<Record<Command, CommandTraits>> = {
  '/wasm/run': { class: 'pure', idempotent: true, secret: true },
  '/http/get': { class: 'query', idempotent: true, secret: true },
  '/dns/resolve': { class: 'query', idempotent: true, secret: false },
  '/kv/put': { class: 'mutation', idempotent: true, secret: false },
  '/msg/send': { class: 'mutation', idempotent: false, secret: false },
}

/** What that node says of a command. */
export function traitsOf(cmd: Command): CommandTraits | undefined {
  return commands[cmd]
}

const mod = cidOf(codec.raw, new TextEncoder().encode('a module'))

/** A call of a function, with labels as promises. */
export function call(fun: string, params: readonly Value[] = [], meta?: ValueMap): ValueMap {
  return { cmd: '/wasm/run', args: { mod, fun, params }, ...(meta && { meta }) }
}

/** A task of any command, about something. */
export function doing(cmd: Command, about: Value, meta?: ValueMap): ValueMap {
  return { cmd, args: { about }, ...(meta && { meta }) }
}

/** A workflow of these tasks as people write it. */
export function draft(tasks: Readonly<Record<string, Value>>, fields: ValueMap = {}): Value {
  return { 'ipvm/workflow@1': { tasks, ...fields } }
}

/** The same with names. */
export async function flow(tasks: Readonly<Record<string, Value>>, fields: ValueMap = {}): Promise<Workflow> {
  return good(await compile(draft(tasks, fields))).workflow
}

/** What worked; a test fails where it did not. */
export function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(result.error.message)
  return result.ok
}
