export {
  StoreError,
  type Change,
  type ResultIndex,
  type RunEnd,
  type RunRecord,
  type RunStart,
  type Settlement,
  type Store,
  type StoreProblem,
  type TaskRecord,
} from './store.ts'
