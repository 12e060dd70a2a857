import type { World } from '@ipvm/runtime'

/** A source that is looked at, until it is closed. */
export interface Looking {
  /** Looks soon. */
  look(): void
  close(): Promise<void>
}

/**
 * Looks again and again, one time after the other: some milliseconds after each look, and when it is asked to. What goes
 * wrong is told, and looked at again.
 */
export function looking(
  once: () => Promise<void>,
  pause: number,
  world: World,
  onProblem: (message: string) => void,
): Looking {
  let cancel: (() => void) | undefined
  let working: Promise<void> | undefined
  let isAsked = false
  let isClosed = false
  let told: string | undefined
  const look = () => {
    isAsked = true
    cancel?.()
    if (!working && !isClosed) working = work()
  }
  const work = async () => {
    while (isAsked && !isClosed) {
      isAsked = false
      const problem = await once().then(
        () => undefined,
        (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
      )
      // Once is enough, as long as it is the same.
      if (problem !== undefined && problem !== told) onProblem(problem)
      told = problem
    }
    working = undefined
    if (!isClosed) cancel = world.after(pause, look)
  }
  return {
    look,
    close: async () => {
      isClosed = true
      cancel?.()
      await working
    },
  }
}
