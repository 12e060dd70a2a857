import { CID, decodeJson, isMap, type ValueMap } from '@ipvm/ipld'
import type { SseEvent } from '@ipvm/network/http/client'
import type { Receipt } from '@ipvm/ucan/receipt'

/** Something that happened in a run, as the node tells it. */
export interface RunNews {
  /** Its number in the run; they only grow. */
  readonly id: number
  /** What happened, one word: `started`, `settled`, `ended` and others. */
  readonly event: string
  readonly data: ValueMap
  /** Of what was settled, the receipt: verified, and of the task that is told of. Absent where it is not given. */
  readonly receipt?: Receipt
}

/** Reads an event of a stream; undefined where it is none. */
export function readNews({ id, event, data }: SseEvent): RunNews | undefined {
  const number = Number(id ?? Number.NaN)
  const value = decodeJson(data)
  if (!Number.isSafeInteger(number) || 'error' in value || !isMap(value.ok)) return undefined
  return { id: number, event, data: value.ok }
}

/** Whether nothing comes after it. */
export function isLast({ event }: RunNews): boolean {
  return event === 'ended'
}

/** The receipt that an event tells of, and the task that it is of. */
export function receiptIn({ event, data }: RunNews): { readonly task: CID; readonly receipt: CID } | undefined {
  const { task, receipt } = data
  return event === 'settled' && task instanceof CID && receipt instanceof CID ? { task, receipt } : undefined
}
