import type { CID } from '@ipvm/ipld'
import type { Layout, Workflow } from '@ipvm/workflow'
import { knownTasksMax } from '../limits.ts'

interface Known {
  readonly workflow: Workflow
  readonly tasks: number
  layout?: Layout
}

/** The workflows that were compiled, or read and laid out, last: the same ones are run again and again. */
export class KnownWorkflows {
  /** The one that was used longest ago first. */
  readonly #known = new Map<string, Known>()
  #tasks = 0

  get(cid: CID): Readonly<Known> | undefined {
    const key = cid.toString()
    const known = this.#known.get(key)
    if (!known) return undefined
    this.#known.delete(key)
    this.#known.set(key, known)
    return known
  }

  /** Keeps a workflow that bears this name. */
  keep(cid: CID, workflow: Workflow, layout?: Layout): void {
    const key = cid.toString()
    const known = this.#known.get(key)
    if (known) {
      if (layout) known.layout = layout
      return
    }
    const tasks = Object.keys(workflow.tasks).length
    this.#known.set(key, { workflow, tasks, ...(layout && { layout }) })
    this.#tasks += tasks
    for (const [oldest, { tasks: fewer }] of this.#known) {
      if (this.#tasks <= knownTasksMax) return
      this.#known.delete(oldest)
      this.#tasks -= fewer
    }
  }
}
