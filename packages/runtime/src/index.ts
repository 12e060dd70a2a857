export type { AskedEffects, MalformedEffects } from './outcome/asked.ts'
export type { Context, Execution, ExecutionReport, PureCommand } from './command/command.ts'
export type { Answered, NotPure } from './answer/answers.ts'
export type { Grant } from './authority/authority.ts'
export type { MalformedArguments } from './effect/arguments.ts'
export { defineEffect, type EffectDefinition } from './effect/define.ts'
export type { About, Effect, EffectContext, EffectOutcome, Example } from './effect/effect.ts'
export { eventBlock, readEventBlock, type Event, type MalformedEvent } from './event/document.ts'
export { kvEffects } from './effect/kv.ts'
export * as limits from './limits.ts'
export type { Metrics } from './engine/metrics.ts'
export { kept, type Kept } from './outcome/report.ts'
export type { ObservedRun, Observer, RuntimeSample } from './observe/observer.ts'
export type { RequestFailure } from './runs/requests.ts'
export type { EndedRun, Happening, OnEvent, RunEvent, RunStop, SettledTask } from './run/event.ts'
export { originKey } from './submission/origin.ts'
export type { Asking, Others, OthersAnswer } from './others/others.ts'
export type { Begun, OwnRequest, RuntimeParts, Started, StartOptions, SubmitOptions } from './parts.ts'
export { Runtime } from './runtime.ts'
export { hiddenMessage, openOutcome, openValue, type Seal, type Unsealable } from './secret/seal.ts'
export { isSealed, sealedKey } from './secret/sealed.ts'
export { sealKeyBytes, webCryptoSeal } from './secret/web-crypto-seal.ts'
export {
  statusOf,
  stuckTasks,
  type LiveTasks,
  type RunCondition,
  type RunStatus,
  type StatusParts,
  type TaskState,
  type TaskStatus,
} from './status/status.ts'
export type { OnSchedule, ScheduleNews } from './schedule/schedules.ts'
export { runOf } from './submission/accept.ts'
export { Brought } from './submission/brought.ts'
export type { Judged } from './submission/judge.ts'
export { plainLabel } from './submission/plain.ts'
export { faultOfSigned } from './submission/signed.ts'
export { readGrants, requestArgs, runCommand } from './submission/request.ts'
export type { SubmitFailure } from './submission/failure.ts'
export type { ForkFrom } from './submission/fork.ts'
export type { World } from './world/world.ts'
