import type { Block, CID } from '@ipvm/ipld'
import type { Layout, Workflow } from '@ipvm/workflow'
import type { Grant } from '../authority/authority.ts'

/** A workflow with its place for every task, and what happened that it is run for. */
export interface ReadWorkflow {
  readonly cid: CID
  /** Its block, where it is of a plain invocation and so made here. */
  readonly document?: Block
  readonly workflow: Workflow
  readonly layout: Layout
  readonly event?: CID
  /** How many events led to its run, one by the other. */
  readonly depth: number
  readonly only?: readonly Grant[]
}
