import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Exception } from '@ipvm/egress'
import { builtInEffects, readSwitches, type Switched, type Switches } from '@ipvm/effects'
import { error, ok, type Result } from '@ipvm/ipld'
import { defaultAdmission, type AdmissionLimits, type Rate } from '@ipvm/service/admission'
import type { Command } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import type { Home } from '../home.ts'
import { invalidConfig, type InvalidConfig } from './failure.ts'
import { layered, type Placed, type Said } from './layers.ts'
import type { Settings } from './schema.ts'
import { parseJson, readConfigText } from './text.ts'

/** How a node is set up: by options of a command, the environment, `config.json` of its home, and defaults. */
export interface NodeConfig {
  /** Where its file is. */
  readonly path: string
  readonly effects: Switches
  /** Modules of effects of the owner's own, as absolute paths. */
  readonly custom: readonly string[]
  readonly egress: EgressConfig
  readonly serve: ServeConfig
  readonly network: NetworkConfig
  /** The `did:web` under which it is known, too. */
  readonly didWeb?: Did
  /** Every setting, as it was written, and where. */
  readonly placed: readonly Placed[]
}

/** Where and how a node is reached over HTTP. */
export type ServeConfig = Settings['serve'] & {
  /** Whether somebody said where; else others are told only if it has something to serve. */
  readonly isAsked: boolean
}

/** What a node is to others, and who they are. */
export type NetworkConfig = Settings['network']

/** What may leave a node, and how it finds its way. */
export interface EgressConfig {
  /** What may be reached that is not in public: `127.0.0.1:8080`, `10.0.0.0/8:443`. */
  readonly private: readonly Exception[]
  /** Name servers that are asked in place of the system's: `127.0.0.1:5353`. */
  readonly dns: readonly string[]
  /** Certificates that are trusted beside those of the system, PEM; a config names their files. */
  readonly authorities: readonly string[]
}

/**
 * Reads the config of a node: options outdo the environment, that the file, that the defaults, each setting by itself.
 * Failure: {@link InvalidConfig}.
 */
export async function readConfig(
  { config: path }: Pick<Home, 'config'>,
  said: Said = { env: process.env },
): Promise<Result<NodeConfig, InvalidConfig>> {
  const text = await readConfigText(path)
  if ('error' in text) return text
  const config = parseConfig(text.ok ?? '{}', path, said)
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
export function parseConfig(text: string, path: string, said: Said = {}): Result<NodeConfig, InvalidConfig> {
  const json = parseJson(text, path)
  if ('error' in json) return json
  const read = layered({ path, text, json: json.ok }, said)
  if ('error' in read) return read
  const { settings, placed } = read.ok
  const { effects, custom, egress, serve, network, didWeb } = settings
  const absolute = (file: string) => resolve(dirname(path), file)
  const { cert, key } = serve.tls
  const tls = cert === undefined || key === undefined ? {} : { cert: absolute(cert), key: absolute(key) }
  const isAsked = placed.some(({ setting, origin }) => setting.path[0] === 'serve' && origin.type !== 'default')
  return ok({
    ...{ path, effects, network, placed },
    egress: { ...egress, authorities: egress.authorities.map(absolute) },
    custom: custom.map(absolute),
    serve: { ...serve, tls, isAsked },
    ...(didWeb !== undefined && { didWeb }),
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

/** How much of others a node takes on by its config. */
export function admissionOf({ limits }: NetworkConfig): AdmissionLimits {
  const { perAgent, perAddress, refused, atOnce, tasksInLine, runs } = limits
  return {
    ...defaultAdmission,
    agent: rate(perAgent, defaultAdmission.agent),
    open: rate(perAddress, defaultAdmission.open),
    refused: rate(refused, defaultAdmission.refused),
    ...{ atOncePerAgent: atOnce, tasksInLine, runs },
  }
}

/** What may come at one go is as many times the rate as it is where nothing is set. */
function rate(perSecond: number, usual: Rate): Rate {
  return { perSecond, burst: Math.ceil((perSecond * usual.burst) / usual.perSecond) }
}
