import type { CID, ValueMap } from '@ipvm/ipld'
import {
  anyAllows,
  covers,
  evaluatePolicy,
  openPromises,
  type ChainContext,
  type Command,
  type Delegation,
  type Policy,
  type Refusal,
} from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'

/** What may be done of one command, and of those below it: what its policy says of their arguments. */
export interface Grant {
  readonly cmd: Command
  readonly pol: Policy
}

/** By what a submitter's requests are judged. */
export interface AuthorityContext extends ChainContext {
  /** Commands that anybody may have done here; none, where it is absent. */
  readonly open?: readonly Command[]
  /** When it is asked, by the world's clock. */
  readonly at?: number
}

/** What was judged just now, and until when that holds: then something may have been revoked. */
export interface JustJudged {
  readonly cmd: Command
  readonly args: ValueMap
  readonly until: number
}

/** What narrows what a submitter may have done, and what is known of it. */
export interface AuthorityOptions {
  /** What the request itself says is done at most, whatever its submitter may. */
  readonly only?: readonly Grant[] | undefined
  readonly judged?: JustJudged | undefined
}

/**
 * What a submitter may have done here. `/workflow/run` conveys nothing about a workflow's tasks: each is checked as if
 * the submitter had invoked it alone, under the delegations that came along (design § Authority).
 */
export class Authority {
  /** Whether it is the node's own request, and may do what the node may: it needs no proof. */
  readonly isOwn: boolean
  readonly #isExecutor: boolean
  readonly #only: readonly Grant[] | undefined
  readonly #judged: JustJudged | undefined
  readonly #submitter: Did
  readonly #executor: Did
  readonly #delegations: readonly Delegation[]
  readonly #context: () => AuthorityContext

  /** @param context by what chains are judged, at the time of asking */
  constructor(
    submitter: Did,
    executor: Did,
    delegations: readonly Delegation[],
    context: () => AuthorityContext,
    { only, judged }: AuthorityOptions = {},
  ) {
    this.#isExecutor = sameDid(submitter, executor)
    this.isOwn = this.#isExecutor && !only
    this.#only = only
    this.#judged = judged
    this.#submitter = submitter
    this.#executor = executor
    this.#delegations = delegations
    this.#context = context
  }

  /** Whether the submitter may know how a task ended that is not of its workflow (`/receipt/read`). */
  async mayRead(task: CID): Promise<boolean> {
    return this.isOwn || (await this.refuses('/receipt/read', { task })) === undefined
  }

  /** Who asks. */
  get submitter(): Did {
    return this.#submitter
  }

  /** Whether this node asks itself, and may sign what it asks of others. */
  get isExecutor(): boolean {
    return this.#isExecutor
  }

  /** The delegations that came along. */
  get delegations(): readonly Delegation[] {
    return this.#delegations
  }

  /** By what chains are judged now. */
  get context(): ChainContext {
    return this.#context()
  }

  /** Why the request itself lets no task do that, wherever it is done; nothing where it does. */
  exceeds(cmd: Command, args: ValueMap): Refusal | undefined {
    return this.#only && refusedBy(this.#only, cmd, args)
  }

  /** Whether a task may be done for the sole reason that anybody may have it done. */
  async isAnybodys(cmd: Command, args: ValueMap): Promise<boolean> {
    const { open, ...context } = this.#context()
    if (this.#isExecutor || !open?.some(one => covers(one, cmd))) return false
    const request = { iss: this.#submitter, sub: this.#executor, cmd, args }
    const allowed = await anyAllows(request, this.#delegations, context)
    return 'error' in allowed && allowed.error.name !== 'Unresolved'
  }

  /** Why a task may not be done; nothing where it may. Promises in `args` are left open. */
  async refuses(cmd: Command, args: ValueMap): Promise<Refusal | undefined> {
    const refusal = this.exceeds(cmd, args)
    if (refusal || this.#isExecutor) return refusal
    const { open, at, ...context } = this.#context()
    if (open?.some(one => covers(one, cmd))) return undefined
    // The very arguments: with anything put in they would be others.
    const judged = this.#judged
    if (judged?.cmd === cmd && judged.args === args && at !== undefined && at <= judged.until) return undefined
    const request = { iss: this.#submitter, sub: this.#executor, cmd, args }
    const allowed = await anyAllows(request, this.#delegations, context)
    return 'error' in allowed ? allowed.error : undefined
  }
}

/** Why none of these grants allows it; one that waits for a promise may still. */
function refusedBy(only: readonly Grant[], cmd: Command, args: ValueMap): Refusal | undefined {
  const covering = only.filter(grant => covers(grant.cmd, cmd))
  const pending = openPromises(args)
  const verdicts = covering.map(({ pol }) => evaluatePolicy(pol, args, { pending }))
  if (verdicts.some(({ holds }) => holds === true)) return undefined
  if (verdicts.some(({ holds }) => holds === 'pending')) {
    const message = `whether the request lets its tasks do ${cmd} depends on a promise that is open`
    return { name: 'Unresolved', message, trace: [message] }
  }
  const [first] = verdicts
  const why =
    first?.holds === false ? `only where ${first.because.statement}, and ${first.because.problem}` : 'not at all'
  const message = `the request lets its tasks do ${cmd} ${why}; allow more where it is made ("only")`
  return { name: 'MatchError', message, trace: [message] }
}
