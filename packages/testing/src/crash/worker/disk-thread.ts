import { getEnvironmentData } from 'node:worker_threads'
import { diskState, watchSqlite, type DiskState } from './disk.ts'

// Read before a thread's own code.
const state: unknown = getEnvironmentData(diskState)
if (isState(state)) watchSqlite(state)

function isState(value: unknown): value is DiskState {
  return typeof value === 'object' && value !== null && 'passes' in value
}
