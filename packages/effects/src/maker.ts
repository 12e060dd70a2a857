import type { Egress } from '@ipvm/egress'
import type { Effect, World } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { Command } from '@ipvm/ucan'
import type { GenericSchema } from 'valibot'

/** What the effects of a node are made with, beside what their users set. */
export interface EffectPorts {
  readonly egress: Egress
  readonly store: Store
  readonly world: World
}

/** One effect that comes with ipvm: what its owner may set, and how it is made of that. */
export interface EffectMaker<Settings> {
  readonly cmd: Command
  /** What `effects["/its/command"]` of a node's config may say. */
  readonly settings: GenericSchema<unknown, Settings>
  /** What holds where the config says nothing; absent where it is off then. */
  readonly byDefault?: Settings
  make(settings: Settings, ports: EffectPorts): Effect
}
