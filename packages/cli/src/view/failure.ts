import { CID, nameOf, type Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { limits } from '@ipvm/runtime'
import { resolvedName, type Receipt } from '@ipvm/ucan'
import { table, type Call } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { printable } from '../output.ts'
import { callOf } from './call.ts'
import { short } from './short.ts'

/** How many arguments of a call are told by name. */
const argumentsMax = 8

/** How many functions of a stack are told on one line; programs get all. */
const shownFunctionsMax = 12

/**
 * What there is to know of a function that failed: where it was, what it was given, and the command that lets it fail
 * again. Nothing where it did not come to run here.
 */
export async function failureText(node: IpvmNode, receipt: Receipt, call: Call): Promise<string | undefined> {
  const report = await node.store.report(receipt.cid)
  if (!report) return undefined
  const stack = report.stack ? [['stack', stackText(report.stack)] as const] : []
  const again = commandLine(['rerun', receipt.cid], call)
  return table([...(await callRows(node, resolvedName(receipt))), ...stack, ['see it again', again]])
}

/** A stack on one line, the innermost function first; one that calls itself is told once. */
export function stackText(stack: readonly string[]): string {
  const told: { readonly name: string; count: number }[] = []
  for (const name of stack) {
    const last = told.at(-1)
    if (last?.name === name) last.count += 1
    else told.push({ name, count: 1 })
  }
  const names = told.map(({ name, count }) => `${printable(name)}${count > 1 ? ` (${count} times)` : ''}`)
  // As much as is kept: there may have been more.
  const isWhole = names.length <= shownFunctionsMax && stack.length < limits.stackFramesMax
  return [...names.slice(0, shownFunctionsMax), ...(isWhole ? [] : ['…'])].join(' ← ')
}

type Rows = readonly (readonly [string, string])[]

/** The function and its arguments, each by its CID: what two machines can compare. */
async function callRows(node: IpvmNode, task: CID): Promise<Rows> {
  const call = await callOf(node, task)
  if (!call) return []
  const { mod, fun, params } = call
  const told = params.slice(0, argumentsMax).map((param, i) => [`argument ${i + 1}`, argumentText(param)] as const)
  const more = params.length > told.length ? [['…', `${params.length - told.length} more`] as const] : []
  return [['function', `${printable(fun)} of ${mod}`], ...told, ...more]
}

function argumentText(param: Value): string {
  return param instanceof CID ? String(param) : `${nameOf(param)} = ${short(param)}`
}
