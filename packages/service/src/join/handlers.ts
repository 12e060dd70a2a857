import { ok, type CID, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { Judged } from '@ipvm/runtime'
import type { Command } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import type { IncomingInvocation, Handler } from '../invocations/handler.ts'
import { admit, type JoinParts } from './admit.ts'
import { delegationsCommand, joinCommand } from './commands.ts'
import type { PeerBook } from './peer-book.ts'
import { tellDelegations } from './renew.ts'

/** By what a node joins others, and is joined. */
export function joinPartsOf(
  { signer, store, world, network }: ServiceContext,
  book: PeerBook,
  name?: string,
): JoinParts {
  return {
    ...{ signer, book, revocations: store },
    now: () => world.now(),
    random: count => world.random(count),
    addresses: () => network()?.addresses ?? [],
    ...(name !== undefined && { name }),
  }
}

/** Who answers what peers ask of each other as peers. */
export function joinHandlers(parts: JoinParts): readonly (readonly [Command, Handler])[] {
  return [
    [joinCommand, answering(({ invocation: { args }, judged }) => admit({ args, prf: namesOf(judged) }, parts))],
    [delegationsCommand, answering(({ invocation }) => tellDelegations(invocation, parts))],
  ]
}

/** By which proofs it was found that an invocation may be obeyed: what it names besides was not looked at. */
function namesOf({ proofs }: Judged): readonly CID[] {
  return proofs.map(({ envelope }) => envelope.cid)
}

/** What goes wrong is an answer, too: it is signed, so that the asker knows who has said it. */
function answering(work: (asked: IncomingInvocation) => Promise<Result<Value, Failure>>): Handler {
  return {
    answer: async asked => {
      const done = await work(asked)
      if ('ok' in done) return ok({ out: done })
      const { name, message } = done.error
      return ok({ out: { error: { name, message } } })
    },
  }
}
