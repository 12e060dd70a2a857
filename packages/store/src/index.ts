export type { StoreOptions } from './clock.ts'
export type {
  BlockEntry,
  Cursor,
  Contradiction,
  Equivocation,
  Housekeeping,
  Page,
  PageOptions,
  Removal,
  SourceMap,
} from './housekeeping.ts'
export type {
  Cause,
  Intent,
  JournalEntry,
  JournalEvent,
  KvEntry,
  PendingRequest,
  RunEnd,
  RunRecord,
  RunRequest,
  RunStart,
  RunState,
  RunSummary,
  ScheduleRecord,
  Settlement,
  TaskRecord,
} from './journal.ts'
export * as limits from './limits.ts'
export { collectGarbage, type Collection, type RetentionOptions } from './retention/collect.ts'
export { eachEvent, forgetEvents } from './retention/events.ts'
export type { Amount } from './retention/inventory.ts'
export { contradicts, saidBy, settledBy } from './settled-by.ts'
export {
  StoreError,
  type Change,
  type Claim,
  type Claimed,
  type DueSchedules,
  type LocalName,
  type NameIndex,
  type Report,
  type ReportRecord,
  type Resources,
  type ResultIndex,
  type Store,
  type StoreProblem,
} from './store.ts'
export type {
  CursorChange,
  CursorRecord,
  Feed,
  FeedEntry,
  FeedPage,
  InboxCounts,
  InboxName,
  InboxRecord,
  InboxState,
  KvChangeEntry,
  NumberedEvent,
  ReceiptEntry,
  TriggerRecord,
} from './trigger.ts'
export { exportStore, type ExportOptions } from './transfer/export.ts'
export { importInto, type Imported, type ImportFailure } from './transfer/import.ts'
export type { DamagedExport, NotAnExport } from './transfer/record.ts'
