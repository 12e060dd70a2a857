import { decode, isMap } from '@ipvm/ipld'
import { readReceipt } from '@ipvm/ucan'
import type { Evidence } from './evidence.ts'

/**
 * What is wrong with the node's own map: a change is there if and only if its receipt is, so that the version of a key is the
 * number of receipts, and each of them says another version.
 */
export async function putProblems({ store, submissions }: Pick<Evidence, 'store' | 'submissions'>): Promise<string[]> {
  const problems: string[] = []
  for (const { planned, invocation } of submissions) {
    const puts = new Map(
      [...planned.tasks.values()].filter(({ kind }) => kind === 'put').map(task => [task.label, task.id]),
    )
    const [key] = puts.values()
    if (key === undefined) continue
    const versions: unknown[] = []
    for (const { event } of await store.journal(invocation.envelope.cid)) {
      if (event.type !== 'settled' || event.how !== 'ran' || !puts.has(event.label)) continue
      const bytes = await store.block(event.receipt)
      const receipt = bytes && (await readReceipt(bytes))
      if (!receipt || 'error' in receipt || !('ok' in receipt.ok.out)) continue
      const { ok } = receipt.ok.out
      versions.push(isMap(ok) ? ok.version : ok)
    }
    const entry = await store.kv(key)
    const expected = versions.map((_, i) => i + 1)
    if (versions.sort().join() !== expected.join() || (entry?.version ?? 0) !== versions.length) {
      problems.push(`${key} has version ${entry?.version ?? 0}, and its receipts say ${versions.join(', ')}`)
    }
    if (entry && 'error' in decode(entry.value)) problems.push(`the value of ${key} cannot be read`)
  }
  return problems
}
