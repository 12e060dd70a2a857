import type { PlacedTask } from '@ipvm/workflow'

/** Whether mutations wait for a task, and for its good end, before they are released (design § Run a workflow). */
export function isBeforeRelease({ class: kind, afterMutation }: PlacedTask): boolean {
  return kind !== 'mutation' && !afterMutation
}
