import { decode, type Value } from '@ipvm/ipld'
import { readTask, resolvedName, type Command, type Receipt } from '@ipvm/ucan'
import type { Engine } from '../engine/engine.ts'
import { unspill } from './spill.ts'

/** A value of a receipt; what is large is in a block of its own. Undefined where that is gone. */
export async function wholeValue(value: Value, { store }: Pick<Engine, 'store'>): Promise<Value | undefined> {
  const out = await unspill({ ok: value }, cid => store.block(cid))
  return 'ok' in out && 'ok' in out.ok ? out.ok.ok : undefined
}

/** The command of the task that a receipt is of, as far as it is known: effects keep theirs, pure commands have profiles. */
export async function commandOf(
  receipt: Receipt,
  { commands, store }: Pick<Engine, 'commands' | 'store'>,
): Promise<Command | undefined> {
  const { ran, profile } = receipt
  const own = Object.entries(commands).find(([, command]) => command.profile === profile)
  if (own) return own[0] as Command
  // Of a task with promises, the one with values in their place is kept.
  const bytes = (await store.block(resolvedName(receipt))) ?? (await store.block(ran))
  const value = bytes && decode(bytes)
  const task = value && 'ok' in value ? readTask(value.ok) : undefined
  return task && 'ok' in task ? task.ok.cmd : undefined
}
