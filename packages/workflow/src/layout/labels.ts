/** By whom a task was asked for that is not in its workflow's document. */
export interface Spawned {
  readonly asker: string
  /** The task of the document at the beginning of it. */
  readonly root: string
  /** How many asked for each other since that one. */
  readonly depth: number
  readonly as: 'fork' | 'join'
  /** Of what goes on in the place of another: whose place that was at first, and the how-manieth it is. */
  readonly chain?: { readonly base: string; readonly at: number }
}

/** Who asks: a task of the document, or one that was asked for. */
interface Asker {
  readonly label: string
  readonly spawned?: Spawned
}

/** The label of one of the tasks that are asked for side by side. */
export function forkLabel({ label }: Asker, at: number): string {
  return `${label}/fork/${at}`
}

/** The place in its chain of what goes on for a task: `step/join`, `step/join/2`, so that labels of long chains stay short. */
export function chainAfter({ label, spawned }: Asker): NonNullable<Spawned['chain']> {
  return spawned?.chain ? { base: spawned.chain.base, at: spawned.chain.at + 1 } : { base: label, at: 1 }
}

/** The label of what goes on in a task's place. */
export function joinLabel(asker: Asker): string {
  const { base, at } = chainAfter(asker)
  return at === 1 ? `${base}/join` : `${base}/join/${at}`
}

/** The labels that could have asked for a task of this label, if it was asked for. */
export function askersOf(label: string): readonly string[] {
  const askers: string[] = []
  for (const { index } of label.matchAll(/\/(?:fork\/\d+|join)(?=\/|$)/g)) askers.push(label.slice(0, index))
  return askers
}
