import { cidKey, error, ok, type CID, type Result } from '@ipvm/ipld'
import type { Change } from '@ipvm/store'
import { invoke, limits, type Invocation, type Receipt, type VerifiedTokens } from '@ipvm/ucan'
import type { Engine } from '../engine/engine.ts'
import type { OwnRequest, Started, StartOptions } from '../parts.ts'
import type { Runs } from '../runs/runs.ts'
import { check, runOf } from './accept.ts'
import type { Brought } from './brought.ts'
import type { SubmitFailure } from './failure.ts'
import { judge, type Judged } from './judge.ts'
import { knownPlain } from './plain.ts'
import { requestArgs, runCommand } from './request.ts'

/** How a run is started, and what is written with it. */
type AcceptOptions = StartOptions & { readonly change?: (run: CID) => Change }

/** Takes on the runs that invocations ask for, each once. */
export class Submissions {
  readonly #engine: Engine
  readonly #runs: Runs
  readonly #verified: VerifiedTokens
  /** Invocations that are being accepted. */
  readonly #accepting = new Map<string, Promise<unknown>>()

  constructor(engine: Engine, runs: Runs, verified: VerifiedTokens) {
    this.#engine = engine
    this.#runs = runs
    this.#verified = verified
  }

  /** Whether an invocation may be obeyed here. */
  judge(invocation: Invocation, brought?: Brought): Promise<Result<Judged, SubmitFailure>> {
    const aside = this.#engine.world.verifiesAside?.() ?? false
    return judge(invocation, this.#engine, { verified: this.#verified, aside }, brought)
  }

  /** What is known already of the pure task that is asked for, if it is one. */
  known(judged: Judged): Promise<Receipt | undefined> {
    return knownPlain(judged, this.#engine, this.#verified)
  }

  /** Starts the run that an invocation asks for, where it may be obeyed. */
  async submit(invocation: Invocation, options: StartOptions): Promise<Result<Started, SubmitFailure>> {
    const judged = await this.judge(invocation, options.brought)
    return 'error' in judged ? judged : this.start(judged.ok, options)
  }

  /** Starts a run of this node's own: what asks for it is signed here just now, and needs no proof. */
  async startOwn(
    workflow: CID,
    { nonce, meta, exp = null, event, only }: OwnRequest,
    options: AcceptOptions,
  ): Promise<Result<Started, SubmitFailure>> {
    const { signer, world } = this.#engine
    const args = requestArgs({ workflow, ...(event && { event }), ...(only && { only }) })
    const fields = { sub: signer.did, cmd: runCommand, args, exp, ...(meta && { meta }) }
    const invocation = await invoke({ ...fields, nonce: nonce ?? world.random(limits.nonceBytes) }, signer)
    return this.start({ invocation, proofs: [] }, options)
  }

  /** Starts the run that an invocation asks for that may be obeyed. */
  async start(judged: Judged, options: AcceptOptions): Promise<Result<Started, SubmitFailure>> {
    const run = runOf(judged.invocation)
    const key = cidKey(run)
    // What it comes to is not known before it is written down; then the store says that it was accepted before.
    for (let same = this.#accepting.get(key); same; same = this.#accepting.get(key)) await same.catch(() => {})
    const accepting = this.#checkAndAdd(judged, options)
    this.#accepting.set(key, accepting)
    try {
      return await accepting
    } finally {
      this.#accepting.delete(key)
    }
  }

  async #checkAndAdd(judged: Judged, options: AcceptOptions): Promise<Result<Started, SubmitFailure>> {
    const refused = this.#runs.refusal()
    if (refused) return error(refused)
    const wereOurs = this.#runs.areOurs
    const checked = await check(judged, options, this.#engine, this.#verified)
    if ('error' in checked) return checked
    const change = options.change?.(checked.ok.state.run) ?? {}
    const blocks = [...(change.blocks ?? []), ...(checked.ok.change.blocks ?? [])]
    const accepted = { ...checked.ok, change: { ...change, ...checked.ok.change, blocks } }
    return ok(await this.#runs.add(accepted, wereOurs, options))
  }
}
