import type { Observer } from '@ipvm/runtime'

/** Watches what a node runs; `close` sends what is left, once nothing goes on any more. */
export interface NodeObserver extends Observer {
  close?(): Promise<void>
}

/** Tells several that watch; nothing where there is none of them. */
export function observers(all: readonly NodeObserver[]): NodeObserver | undefined {
  const [only] = all
  if (all.length < 2) return only
  return {
    opened: run => {
      for (const one of all) one.opened(run)
    },
    event: event => {
      for (const one of all) one.event(event)
    },
    spawned: (run, tasks) => {
      for (const one of all) one.spawned?.(run, tasks)
    },
    metaFor: (run, label) => all.map(one => one.metaFor?.(run, label)).find(meta => meta !== undefined),
    closed: run => {
      for (const one of all) one.closed(run)
    },
    committed: milliseconds => {
      for (const one of all) one.committed(milliseconds)
    },
    close: async () => {
      await Promise.all(all.map(one => one.close?.()))
    },
  }
}
