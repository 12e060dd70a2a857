export {
  Promised,
  TaskHandle,
  workflow,
  type AddTask,
  type Argument,
  type CommandCall,
  type TaskOptions,
  type WasmCall,
  type WorkflowOptions,
} from './builder/builder.ts'
export { pinnedModule } from './builder/pinned-module.ts'
export { compile, type Compiled, type CompileFailure, type ExportName } from './compile/compile.ts'
export { defaultConfig, readConfig, resourceLimits, type ResourceLimits, type TaskConfig } from './config/config.ts'
export type { FxConfig, FxGrant } from './config/fx.ts'
export type { ConfigFields } from './config/fields.ts'
export { retryDelay, type Retry } from './config/retry.ts'
export {
  decodeWorkflow,
  workflowBlock,
  workflowTag,
  type Workflow,
  type WorkflowTask,
} from './document/document.ts'
export {
  handlingTask,
  readHandling,
  type Handler,
  type Handling,
  type InvalidHandling,
  type Unhandled,
} from './document/handler.ts'
export { tasksInOrder, type NamedTask } from './graph/tasks.ts'
export { layOut, type Layout, type LayoutFailure, type PlacedTask } from './layout/layout.ts'
export { askersOf, joinLabel, type Spawned } from './layout/labels.ts'
export { layOutSpawned, type SpawnedLayout } from './layout/spawned.ts'
export type { CommandTraits, EffectClass, TraitsOf } from './layout/traits.ts'
export {
  invalidWorkflow,
  type CyclicWorkflow,
  type InvalidWorkflow,
  type SecretLeak,
  type UnknownCommand,
} from './failure.ts'
export { planOf, type KnownResult, type KnownResultOf, type Plan, type PlannedTask, type Stage } from './plan/plan.ts'
export * as limits from './limits.ts'
