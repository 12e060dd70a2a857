import { error, ok } from '@ipvm/ipld'
import type { Claimed, Store } from './store.ts'

/** Claims on what only this process can reach. */
export function plainClaims(): Store['claim'] {
  let held: { readonly owner: string } | undefined
  return async owner => {
    if (held) return error(claimed(held.owner))
    const claim = { owner }
    held = claim
    return ok({
      release: async () => {
        if (held === claim) held = undefined
      },
    })
  }
}

/** The failure of a claim on what someone else has. */
export function claimed(owner: string): Claimed {
  const message = `${owner} runs the workflows of this store; it runs yours, too, or wait until it ends`
  return { name: 'Claimed', message, owner }
}
