import type { Egress } from '@ipvm/egress'
import type { Failure, Result, Value } from '@ipvm/ipld'
import { defineEffect, type About, type Effect, type EffectDefinition, type World } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { Command, NameRecord } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { safeParse, type GenericSchema } from 'valibot'
import { problemOf, type SettingProblem } from './problem.ts'

/** What the effects of a node are made with, beside what their users set. */
export interface EffectPorts {
  readonly egress: Egress
  readonly store: Store
  readonly world: World
  readonly secrets: SecretSource
  readonly keys: KeySource
  readonly names: NameSource
}

/** The keys that a node's owner keeps beside the node's own. */
export interface KeySource {
  signer(name: string): Promise<Result<Signer, Failure>>
}

/** The names that a node knows modules by. */
export interface NameSource {
  /** What `image`, or `did:key:z6Mk…/image`, stands for. */
  find(name: string): Promise<Result<NameRecord, Failure>>
}

/** What a node's owner has set as secrets. */
export interface SecretSource {
  /** The text or bytes of one of them. */
  get(name: string): Promise<Result<Value, Failure>>
}

/** One effect that comes with ipvm: what it is, what its owner may set, and how it is made of that. */
export interface EffectMaker<Args, Settings> extends Omit<EffectDefinition<Args>, 'run' | 'probe' | 'honoursKey'> {
  readonly about: About
  /** What `effects["/its/command"]` of a node's config may say; `true` there is `{}`. */
  readonly settings: GenericSchema<unknown, Settings>
  /** Whether it is on where the config says nothing: of what touches neither the outside nor the disk. */
  readonly isOn?: boolean
  /** The list of its settings that says what is allowed, which `ipvm effects allow` adds to. */
  readonly list?: AllowList
  make(settings: Settings, ports: EffectPorts): Pick<EffectDefinition<Args>, 'run' | 'probe' | 'honoursKey'>
}

/** The name of a list of what is allowed, and an entry as one writes it, such as `https://api.example.com/*`. */
export interface AllowList {
  readonly name: string
  readonly example: string
  /** Whether its entries are folders: they are written down as absolute paths. */
  readonly isFolders?: boolean
}

/** An effect that comes with ipvm, whatever its arguments and settings are. */
export interface BuiltIn extends Omit<Effect, 'run' | 'probe' | 'honoursKey'> {
  readonly about: About
  readonly settings: GenericSchema
  readonly isOn: boolean
  readonly list?: AllowList
  /** Reads its settings. What is wrong with them is told with its path, such as `.allow.0`. */
  choose(settings: unknown): { readonly ok: Chosen } | { readonly problems: readonly SettingProblem[] }
}

/** An effect that is on, with its settings. */
export interface Chosen {
  readonly cmd: Command
  make(ports: EffectPorts): Effect
}

/**
 * An effect that comes with ipvm.
 *
 * @example
 * export const shout = builtIn({
 *   cmd: '/text/shout',
 *   class: 'query',
 *   args: v.strictObject({ text: v.pipe(v.string(), v.description('what to shout')) }),
 *   about: { summary: 'Shouts.', result: 'the text in capitals', example: { args: { text: 'hello' } } },
 *   settings: v.strictObject({ suffix: v.optional(v.string(), '!') }),
 *   isOn: true,
 *   make: ({ suffix }) => ({ run: async ({ text }) => ({ ok: text.toUpperCase() + suffix }) }),
 * })
 */
export function builtIn<Args, Settings>(maker: EffectMaker<Args, Settings>): BuiltIn {
  const { settings, isOn = false, list, make, ...definition } = maker
  const { run: _, ...traits } = defineEffect({ ...definition, run: notMade })
  return {
    ...{ ...traits, about: maker.about, settings, isOn, ...(list && { list }) },
    choose: given => {
      const read = safeParse(settings, given === true ? {} : given)
      if (!read.success) return { problems: read.issues.map(problemOf) }
      const { output } = read
      return { ok: { cmd: maker.cmd, make: ports => ({ ...traits, ...make(output, ports) }) } }
    },
  }
}

const notMade = () => Promise.reject(new Error('an effect is made before it runs'))
