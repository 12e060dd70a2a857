export {
  Promised,
  TaskHandle,
  workflow,
  type AddTask,
  type Argument,
  type CommandCall,
  type WasmCall,
} from './builder/builder.ts'
export { pinnedModule } from './builder/pinned-module.ts'
export { compile, type Compiled, type CompileFailure, type ExportName } from './compile/compile.ts'
export { defaultConfig, readConfig, type TaskConfig } from './config/config.ts'
export {
  decodeWorkflow,
  workflowBlock,
  workflowTag,
  type Workflow,
  type WorkflowTask,
} from './document/document.ts'
export { tasksInOrder, type NamedTask } from './graph/tasks.ts'
export type { CommandTraits, EffectClass, Layout, PlacedTask, TraitsOf } from './layout/layout.ts'
export { invalidWorkflow, type CyclicWorkflow, type InvalidWorkflow } from './failure.ts'
export * as limits from './limits.ts'
