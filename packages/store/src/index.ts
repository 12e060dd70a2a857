export {
  StoreError,
  type Change,
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
