export type { Context, Execution, ExecutionReport, PureCommand } from './command/command.ts'
export * as limits from './limits.ts'
export { kept, type Kept } from './outcome/report.ts'
export type {
  ObservedEvent,
  ObservedRun,
  ObservedSettlement,
  Observer,
  RuntimeSample,
} from './observe/observer.ts'
export type { EndedRun, OnEvent, RunEvent, SettledTask } from './run/event.ts'
export { runCommand, Runtime, type RuntimeParts, type SubmitFailure, type SubmitOptions } from './runtime.ts'
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
export type { World } from './world/world.ts'
