import type { JournalEntry } from '@ipvm/store'
import type { Evidence } from './evidence.ts'

/** Where each run stands that has not ended: what is not settled, and what its journal has last. */
export async function standstill({ store, submissions }: Pick<Evidence, 'store' | 'submissions'>): Promise<string[]> {
  const sentences: string[] = []
  for (const { invocation, planned } of submissions) {
    const run = invocation.envelope.cid
    const record = await store.run(run)
    if (record?.end !== undefined) continue
    const settled = new Set(record?.settled.map(({ label }) => label))
    const waiting = [...planned.tasks.values()].filter(({ label }) => !settled.has(label))
    const last = (await store.journal(run)).slice(-lastEntries).map(entryText)
    sentences.push(
      `${run} (${planned.fate}) ${record ? 'is open' : 'is not there'}: ${waiting.map(({ label, kind }) => `${label} ${kind}`).join(', ')}; ${last.join('; ')}`,
    )
  }
  return sentences
}

const lastEntries = 12

function entryText({ seq, event }: JournalEntry): string {
  const label = 'label' in event ? ` ${event.label}` : ''
  return `${seq} ${event.type}${label}${event.type === 'settled' ? ` ${event.how}` : ''}`
}
