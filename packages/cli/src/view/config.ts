import type { Origin, Placed } from '@ipvm/node'
import { printable } from '../output.ts'

/** Every setting in a row, and what it is for below it. */
export function configRows(placed: readonly Placed[]): string {
  const rows = placed.map(one => [one.setting.key, valueText(one.value), originText(one.origin), one.setting.about])
  const width = (column: number) => Math.min(40, Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const [keys, values] = [width(0), width(1)]
  return rows
    .map(([key = '', value = '', origin, about]) => {
      return `${key.padEnd(keys)}  ${value.padEnd(values)}  ${origin}\n  ${about}`
    })
    .join('\n')
}

/** All of one setting. */
export function configPage({ setting, value, origin }: Placed): string {
  const { key, about, preset, env } = setting
  const rows = [
    ['value', `${valueText(value)} (${originText(origin)})`],
    ['default', valueText(preset)],
    ...(env === undefined ? [] : [['environment', env]]),
    ['to set it', key === 'effects' ? 'ipvm effects allow|deny COMMAND' : `ipvm config set ${key} VALUE`],
  ]
  return `${key}: ${about}\n${rows.map(([name = '', text]) => `  ${name.padEnd(11)}  ${text}`).join('\n')}`
}

/** A setting as a line for programs. */
export function configLine({ setting, value, origin }: Placed): string {
  const { key, about, preset, env } = setting
  return JSON.stringify({
    key,
    value: hidden(value) ?? null,
    from: origin,
    default: preset ?? null,
    env: env ?? null,
    about,
  })
}

/** A value as it is written. */
export function valueText(value: unknown): string {
  const shown = hidden(value)
  if (shown === undefined) return '-'
  return printable(typeof shown === 'string' ? shown : JSON.stringify(shown))
}

/** What a person would not want to be read over their shoulder: name and password of an address. */
function hidden(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\/\/[^/@\s]*@/, '//***@')
  if (Array.isArray(value)) return value.map(hidden)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, hidden(below)]))
}

function originText(origin: Origin): string {
  if (origin.type === 'default') return 'default'
  return origin.type === 'file' ? `${origin.path}:${origin.line}` : origin.name
}
