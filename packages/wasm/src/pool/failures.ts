import type { CID } from '@ipvm/ipld'
import type { Cancelled, HostFailure, MissingFile, TimeLimit } from '../sandbox/failure.ts'

/** The caller gave the run up, or the pool was closed. */
export function cancelled(reason = 'its caller gave it up'): Cancelled {
  return { name: 'Cancelled', message: `the run was cancelled: ${reason}` }
}

/** The run did not end in time. */
export function timeLimit(limit: number): TimeLimit {
  const message = `the function ran longer than the ${limit} ms that are allowed; raise "time" in its config, or give it less to do`
  return { name: 'TimeLimit', message, limit }
}

/** This machine could not do it; another try, or another machine, may. */
export function hostFailure(message: string): HostFailure {
  return { name: 'HostFailure', message }
}

/** A file that a run needs could not be had. */
export function missingFile(cid: CID, reason: string): MissingFile {
  return { name: 'MissingFile', message: `${cid} could not be had: ${reason}` }
}
