import { delegate, type Command, type Delegation } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Islander } from './people.ts'

/** What everyone lets everyone else do; Mallory is let read and run, and is trusted by nobody. */
const lent: readonly Command[] = ['/wasm/run', '/receipt', '/block', '/node/read', '/sim/read', '/sim/put', '/sim/post']

/** What a delegation is called in a simulation, and by whom it may be taken back. */
export interface Lent {
  readonly from: Islander
  readonly to: Islander
  readonly delegation: Delegation
}

/** The delegations among all of them. */
export async function lend(islanders: readonly Islander[]): Promise<readonly Lent[]> {
  const all: Promise<Lent>[] = []
  for (const from of islanders) {
    for (const to of islanders) {
      if (to === from) continue
      for (const [number, cmd] of lent.entries()) all.push(lendOne(from, to, cmd, number))
    }
  }
  return Promise.all(all)
}

async function lendOne(from: Islander, to: Islander, cmd: Command, number: number): Promise<Lent> {
  const nonce = new Uint8Array(12).fill(number + 1)
  const fields = { aud: to.signer.did, sub: from.signer.did, cmd, pol: [], nonce, exp: null }
  return { from, to, delegation: await delegate(fields, from.signer) }
}

/** Those of a command that one has of another. */
export function heldBy(all: readonly Lent[], holder: Islander, sub: Did, covers: (cmd: Command) => boolean) {
  return all.flatMap(({ from, to, delegation }) =>
    to === holder && sameDid(from.signer.did, sub) && covers(delegation.cmd) ? [delegation] : [],
  )
}
