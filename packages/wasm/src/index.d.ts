export { profile } from './profile.ts'
export type { Program } from './component/program.ts'
export * as limits from './limits.ts'
export { hostFunction } from './host/interfaces.ts'
export type { FindHostFunction, HostContext, HostFunction, HostState } from './host/host.ts'
export { isPermanent } from './sandbox/failure.ts'
export type {
  Cancelled,
  GuestError,
  HostFailure,
  MalformedModule,
  MemoryQuotaCrossed,
  MissingFile,
  OutOfGas,
  OutputQuotaCrossed,
  RunFailure,
  TimeLimit,
  Trap,
  TypeMismatch,
  UnknownFunction,
  Unrepresentable,
  UnsupportedModule,
} from './sandbox/failure.ts'
export { invoke, type Invoked } from './sandbox/invoke.ts'
export { failed, returned, unknownFunction } from './sandbox/outcome.ts'
export { prepare } from './sandbox/prepare.ts'
export type { ModuleSource, Quotas, Run, RunOutcome, RunReport, RunRequest, Usage } from './sandbox/run.ts'
//# sourceMappingURL=index.d.ts.map
