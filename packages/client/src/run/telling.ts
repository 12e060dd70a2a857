import { StreamError } from '@ipvm/ipld'
import { namesOf } from '@ipvm/ucan'
import type { Invocation } from '@ipvm/ucan/invocation'
import type { Did } from '@ipvm/varsig'
import { lastEventsWithin } from '../limits.ts'
import type { Link } from '../node/link.ts'
import { pause } from '../world.ts'
import type { RunNews } from './news.ts'
import { watch } from './watch.ts'

/** A run that is waited for, and told of meanwhile. */
export interface Telling {
  /** The node has taken the run on that an invocation asks for: from now on there is something to tell. */
  readonly begin: (invocation: Invocation) => void
  /** Nothing more goes on: resolves when all of it was told, where the run has come to its end, and else at once. */
  readonly end: (hasEnded: boolean) => Promise<void>
}

/** Tells of a run while it goes on; a node that does not let it be watched has it run all the same. */
export function tell(
  link: Link,
  trusted: readonly Did[],
  onEvent: (news: RunNews) => void,
  outer: AbortSignal,
): Telling {
  const controller = new AbortController()
  const signal = AbortSignal.any([outer, controller.signal])
  let told: Promise<void> | undefined
  const all = async ({ envelope }: Invocation) => {
    // A run is called by the low-S form of a signature (ADR 26).
    const [run = envelope.cid] = namesOf(envelope)
    try {
      for await (const news of watch(link, run, trusted, { signal })) onEvent(news)
    } catch (thrown) {
      if (!(thrown instanceof StreamError)) throw thrown
    }
  }
  return {
    begin: invocation => {
      told ??= all(invocation)
    },
    end: async hasEnded => {
      if (told && hasEnded) await Promise.race([told, over(link, signal)])
      controller.abort()
      await told
    },
  }
}

/** The last events take some time where their connection was lost, too. */
function over({ world }: Link, signal: AbortSignal): Promise<void> {
  return pause({ ...world, onOnline: () => () => {} }, lastEventsWithin, signal)
}
