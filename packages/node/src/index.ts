export {
  admissionOf,
  effectsOf,
  parseConfig,
  readConfig,
  type EgressConfig,
  type NetworkConfig,
  type NodeConfig,
  type ServeConfig,
} from './config/config.ts'
export type { InvalidConfig } from './config/failure.ts'
export type { Origin, Placed, Said } from './config/layers.ts'
export { setSetting, unsetSetting } from './config/set.ts'
export { allSettings, settingOf } from './config/setting.ts'
export { setEffect, type EditFailure, type NotSet, type Setting } from './config/edit.ts'
export {
  checkTrigger,
  type DeadEvent,
  type EventNews,
  type Events,
  type Trigger,
  type TriggerStatus,
} from '@ipvm/events'
export { homeOf, makeHome, type Home } from './home.ts'
export * as limits from './limits.ts'
export { makeIdentity, readIdentity, type NoNode } from './identity.ts'
export { IpvmNode, type NodeOptions, type RunOptions } from './node.ts'
export { observers, type NodeObserver } from './observe/observers.ts'
export { isTracingAsked } from './observe/is-tracing-asked.ts'
export type { Claim, NotRerunnable, Rerun } from './rerun.ts'
export type { Added, AddFailure, Addition, Brought, Checked } from './names/add.ts'
export { isSameName, parseGlobalName, printGlobalName, type GlobalName } from './names/global-name.ts'
export type { Names, PinnedName } from './names/names.ts'
export type { Publication, Published } from './names/publish.ts'
export { PeersFile } from './peers/peers-file.ts'
export { homeSeal } from './secrets/home-seal.ts'
export { Secrets, type SecretFailure } from './secrets/secrets.ts'
export { wasmCommand, wasmRun } from './wasm-run.ts'
