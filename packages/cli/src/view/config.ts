import type { Origin, Placed } from '@ipvm/node'
import { printable } from '../output.ts'
import { settingText } from './effects.ts'

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
  return settingText({
    key,
    value: value ?? null,
    from: origin,
    default: preset ?? null,
    env: env ?? null,
    about,
  })
}

/** A value as it is written, but for what is not for everybody's eyes. */
export function valueText(value: unknown): string {
  if (value === undefined) return '-'
  return printable(typeof value === 'string' ? value : settingText(value))
}

function originText(origin: Origin): string {
  if (origin.type === 'default') return 'default'
  return origin.type === 'file' ? `${origin.path}:${origin.line}` : origin.name
}
