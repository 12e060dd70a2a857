import { builtInEffects, classText, fieldsOf, switchOf, type AllowList, type BuiltIn, type Field } from '@ipvm/effects'
import { encodeJson } from '@ipvm/ipld'
import type { NodeConfig } from '@ipvm/node'
import type { Effect } from '@ipvm/runtime'
import { table } from '../command.ts'
import { printable } from '../output.ts'

/** An effect that a node has or could have, and whether it is on. */
export interface ListedEffect extends Omit<Effect, 'run' | 'probe'> {
  readonly isOwn: boolean
  readonly isOn: boolean
  /** What the config sets of it. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** What the config may set of it. */
  readonly takes?: BuiltIn['settings']
  readonly list?: AllowList
}

/** All effects that a node could have, by its config. */
export function listEffects(config: NodeConfig, own: readonly Effect[]): readonly ListedEffect[] {
  const others = builtInEffects.filter(({ cmd }) => own.every(effect => effect.cmd !== cmd))
  return [
    ...others.map(effect => listed(effect, config, { isOwn: false, isOn: effect.isOn, takes: effect.settings })),
    ...own.map(effect => listed(effect, config, { isOwn: true, isOn: true })),
  ]
}

function listed<E extends Omit<Effect, 'run' | 'probe'>>(
  effect: E,
  { effects }: NodeConfig,
  more: Pick<ListedEffect, 'isOwn' | 'isOn' | 'takes'>,
): ListedEffect {
  const said = switchOf(effects, effect.cmd)?.value
  const settings = typeof said === 'object' ? { settings: said } : {}
  return { ...effect, ...more, ...settings, isOn: said === undefined ? more.isOn : said !== false }
}

/** All effects, each on a line: its class, whether it is on, and for what. */
export function effectRows(effects: readonly ListedEffect[]): string {
  const width = Math.max(...effects.map(({ cmd }) => cmd.length))
  const rows = effects.map(effect => {
    const kind = `${effect.class}${effect.class === 'mutation' && effect.idempotent ? ', idempotent' : ''}`
    return `${effect.cmd.padEnd(width)}  ${kind.padEnd(20)}  ${effect.isOn ? 'on ' : 'off'}  ${noteOf(effect)}`.trimEnd()
  })
  return rows.join('\n')
}

function noteOf({ isOn, isOwn, settings, list, cmd }: ListedEffect): string {
  if (!isOn) return `ipvm effects allow ${cmd}${list ? ` '${list.example}'` : ''}`
  const entries = list && settings ? settings[list.name] : undefined
  if (Array.isArray(entries)) return printable(`${list?.name}: ${entries.join(', ')}`)
  return isOwn ? 'your own' : ''
}

/** The page of one effect: arguments, result, class, settings, example. */
export function effectPage(effect: ListedEffect, { path }: NodeConfig): string {
  const { cmd, about, args, isOn, settings, takes, taints, secret } = effect
  const fields = fieldsOf(args)
  const parts = [`${cmd}  ${classText(effect)}; ${isOn ? 'on' : 'off'}`]
  if (about) parts.push(about.summary)
  parts.push(`Arguments:\n${fieldTable(fields, 'it takes none', "see the effect's own source")}`)
  if (about) parts.push(`Gives: ${about.result}${taints ? '; a secret' : ''}`)
  if (secret) parts.push('Secrets may go into its arguments.')
  const set = takes && fieldsOf(takes)
  if (set && set.length > 0) {
    const now = settings ? settingText(settings) : 'nothing is set'
    parts.push(`Settings, in effects["${cmd}"] of ${path} (now: ${printable(now)}):\n${fieldTable(set, '', '')}`)
  }
  if (about) parts.push(`In a workflow:\n  ${encodeJson({ cmd, args: about.example.args })}`)
  if (about?.example.policy) {
    parts.push(
      `A delegation for that alone, and the like:\n  ipvm delegate DID --cmd ${cmd} --policy '${encodeJson(about.example.policy)}'`,
    )
  }
  if (!isOn) parts.push(`It is off; turn it on: ${noteOf(effect)}`)
  return parts.join('\n\n')
}

function fieldTable(fields: readonly Field[] | undefined, none: string, unread: string): string {
  if (!fields) return `  ${unread}`
  if (fields.length === 0) return `  ${none}`
  return table(
    fields.map(({ name, type, isOptional, byDefault, text }) => {
      const otherwise = byDefault === undefined ? '' : `; ${byDefault} where left out`
      return [`${name}${isOptional ? '?' : ''}`, `${type}${text === '' ? '' : `: ${text}`}${otherwise}`]
    }),
  )
}

/** Settings as they are shown: without passwords in URLs. */
export function settingText(settings: unknown): string {
  return JSON.stringify(settings).replaceAll(/(:\/\/[^/\s"@:]*):[^\s"]*@/g, '$1:…@')
}
