import type { CID, ValueMap } from '@ipvm/ipld'
import { anyAllows, type ChainContext, type Command, type Delegation, type Refusal } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'

/**
 * What a submitter may have done here. `/workflow/run` conveys nothing about a workflow's tasks: each is checked as if
 * the submitter had invoked it alone, under the delegations that came along (design § Authority).
 */
export class Authority {
  /** Whether it is the node's own request, which needs no proof. */
  readonly isOwn: boolean
  readonly #submitter: Did
  readonly #executor: Did
  readonly #delegations: readonly Delegation[]
  readonly #context: () => ChainContext

  /** @param context by what chains are judged, at the time of asking */
  constructor(submitter: Did, executor: Did, delegations: readonly Delegation[], context: () => ChainContext) {
    this.isOwn = sameDid(submitter, executor)
    this.#submitter = submitter
    this.#executor = executor
    this.#delegations = delegations
    this.#context = context
  }

  /** Whether the submitter may know how a task ended that is not of its workflow (`/receipt/read`). */
  async mayRead(task: CID): Promise<boolean> {
    return this.isOwn || (await this.refuses('/receipt/read', { task })) === undefined
  }

  /** Why a task may not be done; nothing where it may. Promises in `args` are left open. */
  async refuses(cmd: Command, args: ValueMap): Promise<Refusal | undefined> {
    if (this.isOwn) return undefined
    const context = this.#context()
    const request = { iss: this.#submitter, sub: this.#executor, cmd, args }
    const allowed = await anyAllows(request, this.#delegations, context)
    return 'error' in allowed ? allowed.error : undefined
  }
}
