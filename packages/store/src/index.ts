export type { StoreOptions } from './clock.ts'
export type { BlockEntry, Cursor, Housekeeping, Page, PageOptions, Removal, SourceMap } from './housekeeping.ts'
export * as limits from './limits.ts'
export { collectGarbage, type Collection, type RetentionOptions } from './retention/collect.ts'
export type { Amount } from './retention/inventory.ts'
export {
  StoreError,
  type Change,
  type LocalName,
  type NameIndex,
  type Report,
  type ReportRecord,
  type Resources,
  type ResultIndex,
  type RunEnd,
  type RunRecord,
  type RunStart,
  type RunState,
  type RunSummary,
  type Settlement,
  type Store,
  type StoreProblem,
  type TaskRecord,
} from './store.ts'
export { exportStore, type ExportOptions } from './transfer/export.ts'
export { importInto, type Imported, type ImportFailure } from './transfer/import.ts'
export type { DamagedExport, NotAnExport } from './transfer/record.ts'
