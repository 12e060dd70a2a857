import { CID, error, isNamedBy, ok, type Failure, type Result } from '@ipvm/ipld'
import {
  namesOf,
  validate,
  VerifiedTokens,
  type Command,
  type Delegation,
  type InvalidClaim,
  type Invocation,
  type Refusal,
} from '@ipvm/ucan'
import { Authority } from './authority/authority.ts'
import { sameDid, type Did, type Signer } from '@ipvm/varsig'
import {
  decodeWorkflow,
  defaultConfig,
  invalidWorkflow,
  readConfig,
  tasksInOrder,
  type InvalidWorkflow,
  type Workflow,
} from '@ipvm/workflow'
import type { Store } from '@ipvm/store'
import type { PureCommand } from './command/command.ts'
import { Memo } from './memo/memo.ts'
import type { EndedRun, OnEvent } from './run/event.ts'
import { Executor } from './run/executor.ts'
import { runWorkflow, type PlannedTask } from './run/workflow-run.ts'
import type { World } from './world/world.ts'

/** The command that runs a workflow; its arguments are `{workflow: link}`. */
export const runCommand: Command = '/workflow/run'

/** A task's command is one that this node does not have. */
export interface UnknownCommand extends Failure {
  readonly name: 'UnknownCommand'
}

/** The workflow's block is not in the store, or is not what its name says. */
export interface MissingWorkflow extends Failure {
  readonly name: 'MissingWorkflow'
}

/** The same invocation was accepted before. */
export interface Replayed extends Failure {
  readonly name: 'Replayed'
  readonly run: CID
}

/** The invocation is about another agent's resources. */
export interface InvalidSubject extends Failure {
  readonly name: 'InvalidSubject'
}

/** Why a submission was not accepted. */
export type SubmitFailure =
  | InvalidSubject
  | Refusal
  | InvalidClaim
  | InvalidWorkflow
  | MissingWorkflow
  | Replayed
  | UnknownCommand

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly store: Store
  readonly signer: Signer
  readonly world: World
  /** The pure commands that this node can do. */
  readonly commands: Readonly<Record<Command, PureCommand>>
  /** Told of a stored receipt that did not verify. */
  readonly onDoubt?: (receipt: CID, problem: string) => void
}

/** How a submission is followed. */
export interface SubmitOptions {
  readonly onEvent?: OnEvent
  /** Delegations that came along, for the tasks; the store has those that the invocation names. */
  readonly delegations?: readonly Delegation[]
  /** Cancels the run, and its tasks that nobody else waits for. */
  readonly signal?: AbortSignal
}

/** Runs workflows for those who may ask for it. Any number of runs go on at once and share their tasks. */
export class Runtime {
  readonly #parts: RuntimeParts
  readonly #memo: Memo
  readonly #executor: Executor
  /** Invocations that were accepted and are not in the journal yet, or not ended. */
  readonly #underWay = new Set<string>()
  readonly #verified = new VerifiedTokens()

  constructor(parts: RuntimeParts) {
    this.#parts = parts
    this.#memo = new Memo(parts.store, new Set<Did>([parts.signer.did]), parts.onDoubt ?? (() => {}))
    this.#executor = new Executor({ ...parts, memo: this.#memo })
  }

  /**
   * Runs the workflow that an invocation of `/workflow/run` names, until every task is settled.
   * Rejects only on a fault of the host (`StoreError`); what was committed before stays, and running it again goes on.
   */
  async submit(invocation: Invocation, options: SubmitOptions = {}): Promise<Result<EndedRun, SubmitFailure>> {
    // A signature's twin is the same request (ADR 26).
    const [run = invocation.envelope.cid] = namesOf(invocation.envelope)
    const key = run.toString()
    if (this.#underWay.has(key)) return error(replayed(run))
    this.#underWay.add(key)
    try {
      return await this.#submit(invocation, run, options)
    } finally {
      this.#underWay.delete(key)
    }
  }

  async #submit(invocation: Invocation, run: CID, options: SubmitOptions): Promise<Result<EndedRun, SubmitFailure>> {
    const { store, signer, world } = this.#parts
    const judged = () => ({ now: world.now(), revocations: store, verified: this.#verified })
    const resolveProof = (cid: CID) => store.block(cid)
    const allowed = await validate(invocation, { ...judged(), executor: signer.did, resolveProof })
    if ('error' in allowed) return allowed
    if (!sameDid(invocation.sub, signer.did)) return error(aboutAnother(invocation.sub, signer.did))
    const delegations = [...allowed.ok.proofs, ...(options.delegations ?? [])]
    const authority = new Authority(invocation.iss, signer.did, delegations, judged)
    if (await store.run(run)) return error(replayed(run))
    const found = await this.#workflow(invocation)
    if ('error' in found) return found
    const { cid, workflow } = found.ok
    const tasks = this.#plan(workflow)
    if ('error' in tasks) return tasks
    for (const { label, task } of tasks.ok) {
      const refusal = await authority.refuses(task.cmd, task.args)
      // What depends on a promise is asked again when it is settled.
      if (refusal && refusal.name !== 'Unresolved')
        return error({ ...refusal, message: `tasks.${label}: ${refusal.message}` })
    }
    const { name } = workflow
    const start = { run, workflow: cid, ...(name !== undefined && { name }), tasks: tasks.ok.length }
    const journaled = store.commit({
      blocks: [invocation.envelope],
      runStarted: { ...start, at: world.now(), owner: world.owner },
    })
    const { onEvent = () => {}, signal = new AbortController().signal } = options
    const parts = { run, workflow: cid, tasks: tasks.ok, store, world, memo: this.#memo, executor: this.#executor }
    return ok(await runWorkflow({ ...parts, authority, journaled, onEvent, signal }))
  }

  async #workflow({ cmd, args }: Invocation): Promise<Result<{ cid: CID; workflow: Workflow }, SubmitFailure>> {
    const { workflow: cid, ...rest } = args
    if (cmd !== runCommand) {
      return error({ name: 'UnknownCommand', message: `${cmd} is not served here; served is ${runCommand}` })
    }
    if (!(cid instanceof CID) || Object.keys(rest).length > 0) {
      return error({ name: 'InvalidClaim', message: `${runCommand} takes {workflow: link}`, field: 'args' })
    }
    const bytes = await this.#parts.store.block(cid)
    if (!bytes) return error(missingWorkflow(cid, 'is not in the store'))
    if (!isNamedBy(cid, bytes)) return error(missingWorkflow(cid, 'is stored with bytes that do not hash to it'))
    const workflow = decodeWorkflow(bytes)
    return 'error' in workflow ? workflow : ok({ cid, workflow: workflow.ok })
  }

  /** Each task with its command and what it may use; whatever is wrong is found before anything runs. */
  #plan(workflow: Workflow): Result<PlannedTask[], InvalidWorkflow | UnknownCommand> {
    const whole = readConfig(workflow.config, defaultConfig, 'config')
    if ('error' in whole) return whole
    const each = readConfig(workflow.defaults, whole.ok, 'defaults')
    if ('error' in each) return each
    const planned: PlannedTask[] = []
    for (const { label, name, task } of tasksInOrder(workflow)) {
      const path = `tasks.${label}`
      if (task.sub !== undefined) {
        return error(
          invalidWorkflow(`${path}.sub`, 'a pure task belongs to nobody; tasks of other agents are not sent yet'),
        )
      }
      const own = task.meta?.['ipvm/config']
      const config = readConfig(own, each.ok, `${path}.meta.ipvm/config`)
      if ('error' in config) return config
      const command = this.#executor.command(task.cmd)
      if (!command) {
        const known = Object.keys(this.#parts.commands).join(', ')
        return error({
          name: 'UnknownCommand',
          message: `${path}: ${task.cmd} is not a command of this node; it has ${known}`,
        })
      }
      planned.push({ label, name, task, command, config: config.ok })
    }
    return ok(planned)
  }
}

/** A workflow is run here as this node's work, so the authority asked for is this node's. */
function aboutAnother(sub: Did, node: Did): InvalidSubject {
  return { name: 'InvalidSubject', message: `the invocation is about ${sub}; a workflow runs here under ${node} alone` }
}

function replayed(run: CID): Replayed {
  return { name: 'Replayed', message: `${run} was accepted before; see its run`, run }
}

function missingWorkflow(cid: CID, problem: string): MissingWorkflow {
  return {
    name: 'MissingWorkflow',
    message: `the workflow ${cid} ${problem}; bring its block here and submit it again`,
  }
}
