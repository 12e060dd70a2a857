import { error, isNamedBy, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import { readEventBlock, type Event } from './document.ts'

/** The event of a block is not in the store, or what is there is none. */
export interface MissingEvent extends Failure {
  readonly name: 'MissingEvent'
}

/** A stored event. */
export async function storedEvent(event: CID, store: Pick<Store, 'block'>): Promise<Result<Event, MissingEvent>> {
  const bytes = await store.block(event)
  const read = bytes && isNamedBy(event, bytes) ? readEventBlock(bytes) : undefined
  if (read && 'ok' in read) return read
  const problem = read ? read.error.message : 'its block is not in the store, or damaged'
  return error({ name: 'MissingEvent', message: `the run is for the event ${event}: ${problem}; bring it here first` })
}
