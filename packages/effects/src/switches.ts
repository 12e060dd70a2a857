import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { covers, isCommand, type Command } from '@ipvm/ucan'
import type { BuiltIn, Chosen } from './maker.ts'

/** What a config says of effects, by command or by what covers several: on, off, or on with settings. */
export type Switches = Readonly<Record<Command, Switch | undefined>>

/** Off, on, or on with settings. */
export type Switch = boolean | Readonly<Record<string, unknown>>

/** Which effects are on, and which could be. */
export interface Switched {
  readonly on: readonly Chosen[]
  readonly off: readonly Pick<BuiltIn, 'cmd' | 'list'>[]
}

/** What is wrong with the switches, where: `["/http/get"].allow`; and the effect that it is about, where it is one's. */
export interface InvalidSwitch extends Failure {
  readonly name: 'InvalidSwitch'
  readonly path: string
  readonly cmd?: Command
}

/**
 * Reads what a config says of effects. Of what is said of a command the longest counts, segment by segment.
 * @param own commands of effects that do not come with ipvm: they are on where they are not said to be off
 */
export function readSwitches(
  switches: Switches,
  builtIns: readonly BuiltIn[],
  own: readonly Command[],
): Result<Switched, InvalidSwitch> {
  const commands = [...builtIns.map(({ cmd }) => cmd), ...own]
  for (const key of keysOf(switches)) {
    if (!commands.some(cmd => covers(key, cmd))) {
      return error(invalid(`["${key}"]`, 'this node has no such effect; ipvm effects lists all'))
    }
  }
  const [on, off]: [Chosen[], Pick<BuiltIn, 'cmd' | 'list'>[]] = [[], []]
  for (const effect of builtIns) {
    const { cmd } = effect
    const said = switchOf(switches, cmd)
    if (said === undefined ? !effect.isOn : said.value === false) {
      off.push(effect)
      continue
    }
    const chosen = effect.choose(said?.value ?? true)
    if ('ok' in chosen) on.push(chosen.ok)
    else {
      const [{ path, message } = { path: '', message: 'it cannot be read' }] = chosen.problems
      return error(invalid(said ? `["${said.key}"]${path}` : path, message, cmd))
    }
  }
  for (const cmd of own) {
    const said = switchOf(switches, cmd)
    if (said?.value === false) off.push({ cmd })
    // A prefix may be meant for others below it.
    if (said?.key === cmd && typeof said.value === 'object') {
      return error(invalid(`["${cmd}"]`, 'an effect of your own takes no settings; write true or false', cmd))
    }
  }
  return ok({ on, off })
}

/** What the switches say of a command, and under which key; nothing where they do not. */
export function switchOf(
  switches: Switches,
  cmd: Command,
): { readonly key: Command; readonly value: Switch } | undefined {
  let longest: Command | undefined
  for (const key of keysOf(switches)) {
    if (covers(key, cmd) && key.length > (longest?.length ?? 0)) longest = key
  }
  const value = longest === undefined ? undefined : switches[longest]
  return longest === undefined || value === undefined ? undefined : { key: longest, value }
}

/** What to say where a workflow asks for an effect that is off. */
export function offText({ cmd, list }: Pick<BuiltIn, 'cmd' | 'list'>): string {
  const entry = list ? ` '${list.example}'` : ''
  return `${cmd} is off on this node; its owner may turn it on: ipvm effects allow ${cmd}${entry}`
}

function keysOf(switches: Switches): readonly Command[] {
  return Object.keys(switches).filter(key => isCommand(key))
}

function invalid(path: string, message: string, cmd?: Command): InvalidSwitch {
  return { name: 'InvalidSwitch', path, message, ...(cmd !== undefined && { cmd }) }
}
