import { error, ok, type CID, type Result } from '@ipvm/ipld'
import {
  noNonce,
  promisesIn,
  taskName,
  type InvalidClaim,
  type Invocation,
  type Receipt,
  type VerifiedTokens,
} from '@ipvm/ucan'
import { unreadableArgs } from '../authority/inputs.ts'
import { invalidWorkflow, workflowBlock, type Workflow } from '@ipvm/workflow'
import type { Engine } from '../engine/engine.ts'
import { authorityOf, type Judged } from './judge.ts'
import type { SubmitFailure, UnservedCommand } from './failure.ts'
import { commandsOf, place, traitsOf } from './place.ts'
import type { ReadWorkflow } from './read-workflow.ts'

/** The label of the one task of a run that a plain invocation of a command asks for. */
export const plainLabel = 'task'

/** The key in the `meta` of a task, or of a plain invocation, under which its config stands. */
const configKey = 'ipvm/config'

/** What a plain invocation says. */
export type PlainInvocation = Pick<Invocation, 'sub' | 'cmd' | 'args' | 'nonce' | 'meta' | 'task'>

/**
 * The workflow of one task that a plain invocation asks for (ADR 99): an effect is the task that was asked for, and so is
 * done once under its name; a pure task belongs to nobody, and its receipt tells by which name it was asked for.
 * Failures: `UnknownCommand`, `EffectOff`, `InvalidClaim` and those of a layout.
 */
export function plainWorkflow(invocation: PlainInvocation, engine: Engine): Result<ReadWorkflow, SubmitFailure> {
  const { sub, cmd, args, nonce } = invocation
  const traits = traitsOf(engine, cmd)
  if (!traits) return error(unserved(invocation, engine))
  const isPure = traits.class === 'pure'
  if (!isPure && nonce.length === 0) return error(nonceMissing(cmd))
  const config = invocation.meta?.[configKey]
  const meta = config === undefined ? {} : { meta: { [configKey]: config } }
  const task = isPure ? { cmd, args, nonce: noNonce, ...meta } : { sub, cmd, args, nonce, ...meta }
  const workflow: Workflow = { name: cmd, tasks: { [plainLabel]: task } }
  const layout = place(workflow, engine)
  if ('error' in layout) return layout
  if (layout.ok.tasks.some(({ secret }) => secret)) return error(secretAsked(cmd))
  const document = workflowBlock(workflow)
  const tasks = isPure ? layout.ok.tasks.map(placed => ({ ...placed, ran: invocation.task })) : layout.ok.tasks
  return ok({ cid: document.cid, document, workflow, layout: { tasks }, depth: 0 })
}

/** The name that a pure task was asked for by, and the name that it has everywhere. */
export function plainAliases({ layout }: Pick<ReadWorkflow, 'layout'>): readonly (readonly [CID, CID])[] {
  return layout.tasks.flatMap(({ ran, name }) => (ran && !ran.equals(name) ? [[ran, name] as const] : []))
}

/** What is known already of the pure task that a plain invocation asks for. */
export async function knownPlain(
  judged: Judged,
  engine: Engine,
  verified: VerifiedTokens,
): Promise<Receipt | undefined> {
  const { cmd, args } = judged.invocation
  const { commands, memo } = engine
  const command = Object.hasOwn(commands, cmd) ? commands[cmd] : undefined
  // What others had done, and is awaited, need not be the asker's to know.
  if (!command || promisesIn(args).length > 0) return undefined
  const authority = authorityOf(judged, {}, engine, verified)
  // It is refused with its reason when it is to be run.
  if (await unreadableArgs({ cmd, args }, { authority, engine, brought: judged.brought })) return undefined
  const name = taskName({ cmd, args, nonce: noNonce })
  // What was verified stays true, also where the store has let go of it.
  return memo.recall(name, command.profile) ?? memo.find(name, command.profile)
}

function unserved({ cmd }: PlainInvocation, engine: Engine): UnservedCommand | SubmitFailure {
  const off = engine.off(cmd)
  if (off !== undefined) return { name: 'EffectOff', message: off, path: plainLabel }
  const served = ['/workflow/run', ...commandsOf(engine)].join(', ')
  return { name: 'UnknownCommand', message: `${cmd} is not served here; served are ${served}` }
}

function nonceMissing(cmd: string): InvalidClaim {
  const message = `${cmd} is done once under its name: give the invocation a nonce, at least 12 random bytes`
  return { name: 'InvalidClaim', message, field: 'nonce' }
}

function secretAsked(cmd: string): SubmitFailure {
  return invalidWorkflow(plainLabel, `what ${cmd} gives is secret here, and leaves this node for nobody`)
}
