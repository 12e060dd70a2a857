import { error, type Result } from '@ipvm/ipld'
import type { Command } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { layOut, type CommandTraits, type Layout, type LayoutFailure, type Workflow } from '@ipvm/workflow'
import type { Engine } from '../engine/engine.ts'
import { noSeal, type EffectOff, type NoSeal } from './failure.ts'

/** Places the tasks of a workflow, as this node's commands and effects are. */
export function place(workflow: Workflow, engine: Engine): Result<Layout, LayoutFailure | EffectOff | NoSeal> {
  return asServed(
    layOut(workflow, (cmd, sub) => traitsOf(engine, cmd, sub), commandsOf(engine)),
    engine,
  )
}

/** The same where this node can do it: not with secrets that it cannot seal; of a command that is off, it says how to have it on. */
export function asServed<L extends Layout>(
  layout: Result<L, LayoutFailure>,
  engine: Engine,
): Result<L, LayoutFailure | EffectOff | NoSeal> {
  if ('ok' in layout) {
    const secret = engine.seal ? undefined : layout.ok.tasks.find(task => task.secret)
    return secret ? error(noSeal(secret.label)) : layout
  }
  if (layout.error.name !== 'UnknownCommand') return layout
  const { cmd, path } = layout.error
  const off = engine.off(cmd)
  return off === undefined ? layout : error({ ...layout.error, name: 'EffectOff', message: `${path}: ${off}` })
}

/**
 * What this node knows of a command. Another agent's is of the class that it has here, or is taken for a mutation; the same
 * bytes are done once there, so that they may be sent again. What it is asked, it knows: no secrets.
 */
export function traitsOf(engine: Engine, cmd: Command, sub: Did = engine.signer.did): CommandTraits | undefined {
  const { commands, effects, signer } = engine
  if (!sameDid(sub, signer.did)) {
    const { class: kind = 'mutation' } = traitsOf(engine, cmd) ?? engine.knownTraits(cmd) ?? {}
    return { class: kind, idempotent: true, secret: false, agent: sub }
  }
  if (Object.hasOwn(commands, cmd)) return { class: 'pure', idempotent: false, secret: true }
  return effects.get(cmd)
}

/** All commands of this node. */
export function commandsOf({ commands, effects }: Engine): readonly Command[] {
  return [...Object.keys(commands), ...effects.keys()] as Command[]
}
