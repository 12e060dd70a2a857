import type { PlacedTask } from '@ipvm/workflow'

/** Whether mutations wait for a task, and for its good end, before they are released (design § Run a workflow). */
export function isBeforeRelease({ class: kind, afterMutation }: Pick<PlacedTask, 'class' | 'afterMutation'>): boolean {
  return kind !== 'mutation' && !afterMutation
}

/**
 * Whether a release is taken back where these labels are settled anew: what it rested on is open again (ADR 91). Of what is
 * not in the document it is not known what rests on it.
 */
export function takesBackRelease(labels: readonly string[], places: readonly PlacedTask[]): boolean {
  const after = new Set(places.filter(place => !isBeforeRelease(place) && !place.spawned).map(({ label }) => label))
  return labels.some(label => !after.has(label))
}
