import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { readException, type Exception } from '@ipvm/egress'
import { builtInEffects, problemOf, readSwitches, type Switched, type Switches } from '@ipvm/effects'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { isCommand, type Command } from '@ipvm/ucan'
import * as v from 'valibot'
import type { Home } from '../home.ts'
import { configBytesMax, servePortDefault } from '../limits.ts'

/** What the owner of a node sets, in `config.json` of its home. */
export interface NodeConfig {
  /** Where it was read. */
  readonly path: string
  readonly effects: Switches
  /** Modules of effects of the owner's own, as absolute paths. */
  readonly custom: readonly string[]
  readonly egress: EgressConfig
  /** Where it is reached over HTTP; absent where that is not set. */
  readonly serve?: ServeConfig
}

/** Where a node is reached over HTTP. */
export interface ServeConfig {
  /** An address of this machine, or its name. */
  readonly host: string
  /** 0 lets the system choose one. */
  readonly port: number
}

/** What may leave a node, and how it finds its way. */
export interface EgressConfig {
  /** What may be reached that is not in public: `127.0.0.1:8080`, `10.0.0.0/8:443`. */
  readonly private: readonly Exception[]
  /** Name servers that are asked in place of the system's: `127.0.0.1:5353`. */
  readonly dns: readonly string[]
  /** Certificates that are trusted beside those of the system, PEM; a config names their files. */
  readonly authorities: readonly string[]
}

/** The config cannot be used; the message names the file, the place in it, and what to do. */
export interface InvalidConfig extends Failure {
  readonly name: 'InvalidConfig'
}

const command = v.custom<Command>(
  text => typeof text === 'string' && isCommand(text),
  'a key is a command, or what covers several, such as "/http/get" or "/http"',
)

const path = v.pipe(v.string(), v.minLength(1))

const nameServerText = 'write the address of a name server, such as "9.9.9.9" or "127.0.0.1:5353"'

const schema = v.strictObject({
  effects: v.optional(
    v.record(
      command,
      v.union(
        [v.boolean(), v.record(v.string(), v.unknown())],
        'write true, false or {its settings}; see ipvm effects',
      ),
    ),
    {},
  ),
  custom: v.optional(v.array(path), []),
  egress: v.optional(
    v.strictObject({
      private: v.optional(v.array(v.pipe(v.string(), v.rawTransform(readPrivate))), []),
      dns: v.optional(v.array(v.pipe(v.string(), v.check(isNameServer, nameServerText))), []),
      authorities: v.optional(v.array(path), []),
    }),
    {},
  ),
  serve: v.optional(
    v.strictObject({
      host: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255)), '127.0.0.1'),
      port: v.optional(
        v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535, 'a port is a number up to 65535')),
        servePortDefault,
      ),
    }),
  ),
})

/** Reads the config of a node; where there is no file, nothing is set. Failure: {@link InvalidConfig}. */
export async function readConfig({ config: path }: Pick<Home, 'config'>): Promise<Result<NodeConfig, InvalidConfig>> {
  const text = await readConfigText(path)
  if ('error' in text) return text
  const config = parseConfig(text.ok ?? '{}', path)
  return 'error' in config ? config : withAuthorities(config.ok)
}

/** The same with the content of the files of certificates that it names. */
async function withAuthorities(config: NodeConfig): Promise<Result<NodeConfig, InvalidConfig>> {
  const authorities: string[] = []
  for (const [at, file] of config.egress.authorities.entries()) {
    const text = await readFile(file, 'utf8').catch((thrown: Error) => thrown)
    const problem =
      typeof text !== 'string'
        ? text.message
        : text.includes('-----BEGIN CERTIFICATE-----')
          ? undefined
          : `${file} holds no certificate`
    if (typeof text !== 'string' || problem !== undefined) {
      return error(
        invalidConfig(config.path, `egress.authorities.${at}`, `${problem}; name a file of certificates, PEM`),
      )
    }
    authorities.push(text)
  }
  return ok({ ...config, egress: { ...config.egress, authorities } })
}

/** Reads the text of a config. Failure: {@link InvalidConfig}. */
export function parseConfig(text: string, path: string): Result<NodeConfig, InvalidConfig> {
  const json = parseJson(text, path)
  if ('error' in json) return json
  const read = v.safeParse(schema, json.ok)
  if (!read.success) {
    const { path: where, message } = problemOf(read.issues[0])
    return error(invalidConfig(path, where.replace(/^\./, ''), message))
  }
  const { effects, custom, egress, serve } = read.output
  const absolute = (file: string) => resolve(dirname(path), file)
  return ok({
    path,
    effects,
    egress: { ...egress, authorities: egress.authorities.map(absolute) },
    custom: custom.map(absolute),
    ...(serve && { serve }),
  })
}

/**
 * Which effects are on by a config. Failure: {@link InvalidConfig}.
 * @param own the commands of the owner's own effects
 */
export function effectsOf(
  { effects, path }: Pick<NodeConfig, 'effects' | 'path'>,
  own: readonly Command[],
): Result<Switched, InvalidConfig> {
  const others = builtInEffects.filter(({ cmd }) => !own.includes(cmd))
  const read = readSwitches(effects, others, own)
  if ('ok' in read) return read
  const { path: where, message, cmd } = read.error
  const advice = cmd === undefined ? '' : `; ipvm effects ${cmd} tells what it takes`
  return error(invalidConfig(path, `effects${where}`, `${message}${advice}`))
}

/** The text of a config; nothing where there is none. */
export async function readConfigText(path: string): Promise<Result<string | undefined, InvalidConfig>> {
  try {
    const bytes = await readFile(path)
    if (bytes.length > configBytesMax) {
      return error(invalidConfig(path, '', `it has ${bytes.length} bytes; at most ${configBytesMax} are read`))
    }
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return ok(undefined)
    const problem = thrown instanceof TypeError ? 'it is not UTF-8 text; save it as UTF-8' : String(thrown)
    return error(invalidConfig(path, '', problem))
  }
}

/** A config as the JSON that it is. */
export function parseJson(text: string, path: string): Result<Record<string, unknown>, InvalidConfig> {
  try {
    const json: unknown = JSON.parse(text)
    return isRecord(json) ? ok(json) : error(invalidConfig(path, '', 'it is no JSON object; write {"effects": {…}}'))
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return error(invalidConfig(path, '', `it is not JSON: ${problem}; correct it in an editor`))
  }
}

function readPrivate({ dataset, addIssue, NEVER }: v.RawTransformContext<string>): Exception {
  const read = readException(dataset.value)
  if ('ok' in read) return read.ok
  addIssue({ message: read.error.message })
  return NEVER
}

function isNameServer(text: string): boolean {
  const [, v6, v4] = /^(?:\[([\da-f:.]+)\]:\d{1,5}|([\d.]+):\d{1,5})$/i.exec(text) ?? []
  return isIP(v6 ?? v4 ?? text) > 0
}

/** What is wrong in a config, and where. */
export function invalidConfig(path: string, where: string, problem: string): InvalidConfig {
  return { name: 'InvalidConfig', message: `${path}: ${where === '' ? '' : `${where}: `}${problem}` }
}

/** Whether it is an object of JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
