import { StreamError, type CID } from '@ipvm/ipld'
import type { Did } from '@ipvm/varsig'
import { lastEventsWithin } from '../limits.ts'
import type { Link } from '../node/link.ts'
import { pause } from '../world.ts'
import type { RunNews } from './news.ts'
import { watch } from './watch.ts'

/** A run that is waited for, and told of meanwhile. */
export interface Telling {
  /** The node has taken the run on: from now on there is something to tell. */
  readonly begin: () => void
  /** The run has ended: resolves when all of it was told, or soon. */
  readonly end: () => Promise<void>
}

/** Tells of a workflow's run while it goes on; a node that does not let it be watched has it run all the same. */
export function tell(
  link: Link,
  workflow: CID,
  trusted: readonly Did[],
  onEvent: (news: RunNews) => void,
  outer: AbortSignal,
): Telling {
  const controller = new AbortController()
  const signal = AbortSignal.any([outer, controller.signal])
  let told: Promise<void> | undefined
  const all = async () => {
    try {
      for await (const news of watch(link, workflow, trusted, { signal })) onEvent(news)
    } catch (thrown) {
      if (!(thrown instanceof StreamError)) throw thrown
    }
  }
  return {
    begin: () => {
      told ??= all()
    },
    end: async () => {
      if (told) await Promise.race([told, pause(link.world, lastEventsWithin, signal)])
      controller.abort()
      await told
    },
  }
}
