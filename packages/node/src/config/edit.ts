import { builtInEffects, switchOf, type BuiltIn, type Switch } from '@ipvm/effects'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { covers, isCommand, type Command } from '@ipvm/ucan'
import type { Home, UnusableHome } from '../home.ts'
import { effectsOf, parseConfig } from './config.ts'
import { isRecord, type InvalidConfig } from './failure.ts'
import { replace } from './replace.ts'
import { parseJson, readConfigText } from './text.ts'

/** What was asked for cannot be set so. */
export interface NotSet extends Failure {
  readonly name: 'NotSet'
}

/** What is to be set of an effect, or of all that a command covers. */
export type Setting =
  /** On; with entries, for those beside what is allowed already. */
  | { readonly type: 'allow'; readonly entries: readonly string[] }
  /** Off; with entries, for those alone. */
  | { readonly type: 'deny'; readonly entries: readonly string[] }

/** Why a config was left as it was. */
export type EditFailure = InvalidConfig | NotSet | UnusableHome

/**
 * Sets in a node's config what an effect may do, and keeps what else is in it. The file is written whole or not at all.
 * @param own the commands of the owner's own effects
 * @returns what the config says of it now
 */
export async function setEffect(
  home: Home,
  cmd: Command,
  setting: Setting,
  own: readonly Command[],
): Promise<Result<Switch, EditFailure>> {
  for (;;) {
    const before = await readConfigText(home.config)
    if ('error' in before) return before
    const edited = editConfig(before.ok ?? '{}', home.config, cmd, setting, own)
    if ('error' in edited) return edited
    const written = await replace(home, before.ok, edited.ok.text)
    if ('error' in written) return written
    // Where somebody else wrote it meanwhile, that stays, and this is done again.
    if (written.ok) return ok(edited.ok.value)
  }
}

function editConfig(
  text: string,
  path: string,
  cmd: Command,
  setting: Setting,
  own: readonly Command[],
): Result<{ readonly text: string; readonly value: Switch }, EditFailure> {
  const [json, read] = [parseJson(text, path), parseConfig(text, path)]
  if ('error' in json) return json
  if ('error' in read) return read
  const value = settled(cmd, setting, switchOf(read.ok.effects, cmd)?.value, own)
  if ('error' in value) return value
  const { effects } = json.ok
  const others = Object.entries(isRecord(effects) ? effects : {})
  // What is off is off with all below it, whatever was said of that before.
  const left =
    value.ok === false ? others.filter(([key]) => key === cmd || !isCommand(key) || !covers(cmd, key)) : others
  const all = { ...json.ok, effects: { ...Object.fromEntries(left), [cmd]: value.ok } }
  const next = `${JSON.stringify(all, undefined, 2)}\n`
  const checked = parseConfig(next, path)
  const fits = 'ok' in checked ? effectsOf(checked.ok, own) : checked
  return 'error' in fits ? fits : ok({ text: next, value: value.ok })
}

function settled(
  cmd: Command,
  { type, entries }: Setting,
  now: Switch | undefined,
  own: readonly Command[],
): Result<Switch, NotSet> {
  const covered = builtInEffects.filter(effect => covers(cmd, effect.cmd))
  if (covered.length === 0 && !own.some(other => covers(cmd, other))) {
    return error(notSet(`there is no effect ${cmd}; ipvm effects lists all`))
  }
  const settings = typeof now === 'object' ? now : {}
  if (entries.length === 0) return ok(type === 'allow' && (Object.keys(settings).length === 0 || settings))
  const list = listOf(cmd, covered)
  if ('error' in list) return list
  const there = settings[list.ok.name]
  const listed: readonly unknown[] = Array.isArray(there) ? there : []
  if (type === 'allow') return ok({ ...settings, [list.ok.name]: [...new Set([...listed, ...entries])] })
  const unknown = entries.find(entry => !listed.includes(entry))
  if (unknown !== undefined)
    return error(notSet(`${cmd} is not allowed "${unknown}"; ipvm effects ${cmd} tells what is`))
  const left = listed.filter(entry => typeof entry !== 'string' || !entries.includes(entry))
  return ok(left.length > 0 && { ...settings, [list.ok.name]: left })
}

/** The list of what is allowed that all effects below a command have. */
function listOf(cmd: Command, covered: readonly BuiltIn[]): Result<NonNullable<BuiltIn['list']>, NotSet> {
  const [first] = covered
  const isOne = covered.every(({ list }) => list?.name === first?.list?.name)
  if (first?.list && isOne) return ok(first.list)
  const problem = isOne ? 'it is on or off as a whole' : `what is below it is allowed one by one`
  return error(notSet(`${cmd} takes no list of what is allowed: ${problem}; see ipvm effects ${first?.cmd ?? ''}`))
}

function notSet(message: string): NotSet {
  return { name: 'NotSet', message }
}
