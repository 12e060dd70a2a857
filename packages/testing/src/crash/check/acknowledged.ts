import { CID, isNamedBy } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import { readReceipt } from '@ipvm/ucan'
import { bob } from '../../people.ts'
import { allLines, type Evidence } from './evidence.ts'

/** What was acknowledged, and is not there. Sentences; none where all is well. */
export async function lost({ store, lives }: Pick<Evidence, 'store' | 'lives'>): Promise<string[]> {
  const problems: string[] = []
  const receipts = new Set<string>()
  for (const line of allLines({ lives })) {
    if (line.type === 'accepted' && !(await store.run(CID.parse(line.run)))) {
      problems.push(`the run ${line.run} was acknowledged and is not there`)
    }
    if (line.type === 'ended') {
      const end = (await store.run(CID.parse(line.run)))?.end
      if (end !== line.end) problems.push(`the run ${line.run} was said to have ended "${line.end}" and is "${end}"`)
    }
    if (line.type === 'settled' && !receipts.has(line.receipt)) {
      receipts.add(line.receipt)
      const problem = await problemOf(store, CID.parse(line.receipt))
      if (problem) problems.push(`the acknowledged receipt ${line.receipt} of ${line.label} ${problem}`)
    }
  }
  return problems
}

async function problemOf(store: Store, cid: CID): Promise<string | undefined> {
  const bytes = await store.block(cid)
  if (!bytes) return 'is not there'
  if (!isNamedBy(cid, bytes)) return 'does not hash to its name'
  const receipt = await readReceipt(bytes)
  if ('error' in receipt) return `cannot be read: ${receipt.error.message}`
  return receipt.ok.iss === bob.did ? undefined : `is signed by ${receipt.ok.iss}`
}
