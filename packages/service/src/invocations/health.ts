import type { Health } from '@ipvm/network/http/server'
import type { ServiceContext } from '../context.ts'

/** How a node is, in counts. */
export function health({ runtime, network }: ServiceContext): Health {
  const { runs, heldCommits, commands } = runtime().sample()
  const refusal = runtime().refusal()
  const tasks = Object.values(commands)
  return {
    isWell: heldCommits === 0 && refusal === undefined,
    runs: { ...runs },
    tasks: {
      queued: tasks.reduce((sum, { queued }) => sum + queued, 0),
      running: tasks.reduce((sum, { running }) => sum + running, 0),
    },
    peers: network()?.peers().length ?? 0,
    ...(refusal && { problem: refusal.name }),
  }
}
