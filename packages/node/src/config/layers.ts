import { problemOf } from '@ipvm/effects'
import { error, ok, type Result } from '@ipvm/ipld'
import * as v from 'valibot'
import { invalidConfig, isRecord, type InvalidConfig } from './failure.ts'
import { messageOf } from './message.ts'
import { lineOf, type Path } from './place.ts'
import { schema, type Settings } from './schema.ts'
import { allSettings, meant, valueIn, type Setting } from './setting.ts'

/** Where the value of a setting is from. */
export type Origin =
  | { readonly type: 'flag'; readonly name: string }
  | { readonly type: 'env'; readonly name: string }
  | { readonly type: 'file'; readonly path: string; readonly line: number }
  | { readonly type: 'default' }

/** A setting, its value as it was written, and where that was. */
export interface Placed {
  readonly setting: Setting
  readonly value: unknown
  readonly origin: Origin
}

/** Where settings may be said beside the file, which they outdo: flags first, then the environment. */
export interface Said {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Options of a command, by the key of the setting: `{'serve.port': {name: '--port', text: '4786'}}`. */
  readonly flags?: Readonly<Record<string, { readonly name: string; readonly text: string } | undefined>>
}

/** The file of a config. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

/** What counts of flags, environment, file and defaults, each setting by itself. Failure: {@link InvalidConfig}. */
export function layered(
  file: ConfigFile,
  said: Said,
): Result<{ readonly settings: Settings; readonly placed: readonly Placed[] }, InvalidConfig> {
  const own = checkFile(file)
  if ('error' in own) return own
  const placed: Placed[] = []
  let json: unknown = file.json
  for (const setting of allSettings) {
    const outer = saidOf(setting, said)
    if (outer && 'error' in outer) return outer
    placed.push(outer ? outer.ok : inFile(setting, file))
    if (outer) json = withValue(json, setting.path, outer.ok.value)
  }
  const settings = checked(file, json)
  if ('error' in settings) return settings
  const wrong = pairProblem(settings.ok)
  return wrong ? error(invalidConfig(file.path, 'serve.tls', wrong)) : ok({ settings: settings.ok, placed })
}

/** What stands at a path of a JSON; nothing, where nothing does. */
export function valueAt(json: unknown, path: Path): unknown {
  return path.reduce(
    (value: unknown, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    json,
  )
}

/** A JSON with another value at a path; without it, where the value is undefined, and without what is empty then. */
export function withValue(json: unknown, [key, ...below]: Path, value: unknown): Record<string, unknown> {
  const all = isRecord(json) ? json : {}
  if (key === undefined) return all
  const next = below.length > 0 ? withValue(all[key], below, value) : value
  const isGone = next === undefined || (value === undefined && isRecord(next) && Object.keys(next).length === 0)
  if (!isGone) return { ...all, [key]: next }
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== key))
}

/** What a file says by itself. Failure: {@link InvalidConfig}. */
export function checkFile(file: ConfigFile): Result<Settings, InvalidConfig> {
  return checked(file, file.json)
}

function checked({ path, text }: ConfigFile, json: unknown): Result<Settings, InvalidConfig> {
  const read = v.safeParse(schema, json)
  if (read.success) return ok(read.output)
  const [issue] = read.issues
  const keys = (issue.path ?? []).map(({ key }) => String(key))
  const { path: where } = problemOf(issue)
  const line = lineOf(text, keys)
  const problem =
    issue.expected === 'never'
      ? `there is no such setting${meant(keys.join('.'))}; ipvm config lists all`
      : messageOf(issue)
  return error(invalidConfig(line === undefined ? path : `${path}:${line}`, where.replace(/^\./, ''), problem))
}

function saidOf(setting: Setting, { flags = {}, env = {} }: Said): Result<Placed, InvalidConfig> | undefined {
  const flag = flags[setting.key]
  const variable = setting.env === undefined ? undefined : env[setting.env]
  if (flag) return placedOf(setting, flag.text, { type: 'flag', name: flag.name })
  if (setting.env === undefined || variable === undefined || variable === '') return undefined
  return placedOf(setting, variable, { type: 'env', name: setting.env })
}

function placedOf(
  setting: Setting,
  text: string,
  origin: Origin & { readonly name: string },
): Result<Placed, InvalidConfig> {
  const value = valueIn(setting, text)
  if ('ok' in value) return ok({ setting, value: value.ok, origin })
  return error(invalidConfig(`${origin.name}=${text}`, setting.key, value.error.message))
}

function inFile(setting: Setting, { path, text, json }: ConfigFile): Placed {
  const value = valueAt(json, setting.path)
  if (value === undefined) return { setting, value: setting.preset, origin: { type: 'default' } }
  return { setting, value, origin: { type: 'file', path, line: lineOf(text, setting.path) ?? 1 } }
}

function pairProblem({ serve: { tls } }: Settings): string | undefined {
  if ((tls.cert === undefined) === (tls.key === undefined)) return undefined
  return `${tls.cert === undefined ? 'cert' : 'key'} has to be set, too: a certificate is served with its key`
}
