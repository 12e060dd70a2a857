import { readContents, type Answer, type Misdeed } from '@ipvm/network'
import type { Asking } from '@ipvm/runtime'
import { readReceipt, resolvedName, type Receipt } from '@ipvm/ucan'
import { sameDid } from '@ipvm/varsig'
import type { Block } from '@ipvm/ipld'

/** What an answer says of the task that was asked for. */
export type ReadAnswer =
  | { readonly receipt: Receipt; readonly blocks: readonly Block[] }
  /** Nothing yet. */
  | { readonly pending: true }
  | { readonly problem: string; readonly misdeed: Misdeed }

/**
 * Reads an answer: the last receipt in it that the agent signed itself, and that is of the task that was asked for. What does not
 * verify, and what is another's or of another task, counts for nothing.
 */
export async function readAnswer(answer: Answer, asking: Asking): Promise<ReadAnswer> {
  const contents = await readContents(answer)
  if ('error' in contents)
    return { problem: `answered what cannot be read: ${contents.error.message}`, misdeed: 'Garbage' }
  const { tokens, blocks } = contents.ok
  let found: Receipt | undefined
  let problem: string | undefined
  for (const token of tokens) {
    const receipt = await readReceipt(token)
    if ('error' in receipt) {
      return { problem: `answered with no receipt: ${receipt.error.message}`, misdeed: 'Forgery' }
    }
    problem ??= problemOf(receipt.ok, asking)
    if (problemOf(receipt.ok, asking) === undefined) found = receipt.ok
  }
  if (found) return { receipt: found, blocks }
  return problem === undefined ? { pending: true } : { problem, misdeed: 'Garbage' }
}

function problemOf(receipt: Receipt, { agent, task, pure }: Asking): string | undefined {
  if (!sameDid(receipt.iss, agent)) return `answered with a receipt of ${receipt.iss}`
  const name = resolvedName(receipt)
  // Whatever else it has done may be shown again by whoever is in between.
  const isOfTask = receipt.ran.equals(task) || name.equals(task) || (pure !== undefined && name.equals(pure))
  return isOfTask ? undefined : `answered with a receipt of another task, ${receipt.ran}`
}
