import { error, ok } from '@ipvm/ipld'
import { claimed, plainClaims } from '../claim.ts'
import type { Store } from '../store.ts'
import { asked } from './asked.ts'
import type { Transactions } from './database.ts'
import type { IndexedDbPlatform } from './platform.ts'

/** How a store is claimed. */
interface Claims {
  readonly claim: Store['claim']
  /** Gives back what was claimed and not given back. */
  readonly giveBack: () => void
}

/**
 * Claims by a lock of the origin (Web Locks), which the browser drops with the tab or worker that has it; where it has no
 * locks, others cannot be known of, and the claim is among the users of this one store.
 */
export function indexedDbClaims(name: string, db: Transactions, { navigator }: IndexedDbPlatform): Claims {
  const locks = navigator?.locks
  if (!locks) return { claim: plainClaims(), giveBack: () => {} }
  const held = new Set<() => void>()
  const claim: Store['claim'] = async owner => {
    const release = Promise.withResolvers<void>()
    const isTaken = await new Promise<boolean>((resolve, reject) => {
      const request = locks.request(`ipvm store ${name}`, { ifAvailable: true }, lock => {
        resolve(lock !== null)
        return lock === null ? undefined : release.promise
      })
      request.catch(reject)
    })
    if (!isTaken) return error(claimed(await noted(db)))
    held.add(release.resolve)
    await db.write(async store => asked(store('notes').put(owner, claimNote)))
    return ok({
      release: async () => {
        held.delete(release.resolve)
        release.resolve()
      },
    })
  }
  const giveBack = () => {
    for (const release of held) release()
    held.clear()
  }
  return { claim, giveBack }
}

const claimNote = 'claimed by'

async function noted(db: Transactions): Promise<string> {
  const owner = await db.read(async store => asked(store('notes').get(claimNote)))
  return typeof owner === 'string' ? owner : 'another tab'
}
