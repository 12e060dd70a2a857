import { resolve } from 'node:path'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import * as v from 'valibot'
import { messageOf } from './message.ts'
import { nearest } from './nearest.ts'
import type { Path } from './place.ts'
import { aboutOf, schema } from './schema.ts'

/** One setting of a node. */
export interface Setting {
  /** `serve.port` */
  readonly key: string
  readonly path: Path
  /** What it is for, a sentence. */
  readonly about: string
  /** What it is where nobody says. */
  readonly preset: unknown
  /** The variable of the environment that sets it; none for what has settings of its own, which a text would not hold. */
  readonly env?: string
  readonly schema: v.GenericSchema
  /** It names a file, or files. */
  readonly isPath: boolean
}

/** Every setting of a node, in the order of the schema. */
export const allSettings: readonly Setting[] = settingsIn(schema.entries, [])

/** There is no such setting, or a text is no value of it. */
export interface NotSetting extends Failure {
  readonly name: 'NotSetting'
}

/** A setting by its key. Failure: what to write in its place. */
export function settingOf(key: string): Result<Setting, NotSetting> {
  const found = allSettings.find(one => one.key === key)
  if (found) return ok(found)
  const below = allSettings.filter(one => one.key.startsWith(`${key}.`))
  if (below.length > 0) {
    const keys = below.map(one => one.key).join(', ')
    return error({ name: 'NotSetting', message: `${key} is several settings: ${keys}; name one of them` })
  }
  return error({ name: 'NotSetting', message: `there is no setting ${key}${meant(key)}; ipvm config lists all` })
}

/** What somebody may have meant who wrote a key that there is not. */
export function meant(key: string): string {
  const near = nearest(
    key,
    allSettings.map(one => one.key),
  )
  return near === undefined ? '' : ` (did you mean ${near}?)`
}

/**
 * The value of a text, as the environment, an option or a person writes it: JSON, or plain text, or a list with commas.
 * Failure: what is wrong with it.
 */
export function valueIn({ schema: of, isPath }: Setting, text: string): Result<unknown, NotSetting> {
  const list = text.split(',').flatMap(part => (part.trim() === '' ? [] : [part.trim()]))
  const candidates = [...jsonIn(text), text, list]
  const fits = candidates.find(candidate => v.is(of, candidate))
  if (fits !== undefined) return ok(isPath ? absolute(fits) : fits)
  const tried = candidates.map(candidate => v.safeParse(of, candidate))
  const [issue] = tried.find(({ issues }) => issues?.[0].path !== undefined)?.issues ?? tried[0]?.issues ?? []
  return error({ name: 'NotSetting', message: issue ? messageOf(issue) : 'it cannot be read' })
}

/** Of what is written here, a path is one from here, and not from where the config is. */
function absolute(value: unknown): unknown {
  if (typeof value === 'string') return resolve(value)
  return Array.isArray(value) ? value.map(absolute) : value
}

function jsonIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

function settingsIn(entries: v.ObjectEntries, above: Path): readonly Setting[] {
  return Object.entries(entries).flatMap(([name, entry]) => {
    const path = [...above, name]
    const inner = isOptional(entry) ? entry.wrapped : entry
    if (isObject(inner)) return settingsIn(inner.entries, path)
    const { about = '', isPath = false } = aboutOf(entry) ?? {}
    const preset = isOptional(entry) ? entry.default : undefined
    const env = inner.type === 'record' || name === 'custom' ? {} : { env: envOf(path) }
    return isSchema(entry) ? [{ key: path.join('.'), path, about, preset, schema: entry, isPath, ...env }] : []
  })
}

/** `IPVM_SERVE_TRUST_PROXY` for `serve.trustProxy` */
function envOf(path: Path): string {
  return `IPVM_${path.map(name => name.replace(/([A-Z])/g, '_$1').toUpperCase()).join('_')}`
}

interface Kind {
  readonly type: string
}

function isOptional(entry: Kind): entry is v.OptionalSchema<v.GenericSchema, unknown> {
  return entry.type === 'optional'
}

function isObject(entry: Kind): entry is v.StrictObjectSchema<v.ObjectEntries, undefined> {
  return entry.type === 'strict_object'
}

function isSchema(entry: v.ObjectEntries[string]): entry is v.GenericSchema {
  return entry.kind === 'schema' && !entry.async
}
