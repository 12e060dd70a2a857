import type { Failure } from '@ipvm/ipld'

/** A schedule is not one that can be kept; `path` is the field. */
export interface InvalidSchedule extends Failure {
  readonly name: 'InvalidSchedule'
  readonly path: string
}

/** The failure of one field of a schedule. */
export function invalidSchedule(path: string, problem: string): InvalidSchedule {
  return { name: 'InvalidSchedule', message: path === '' ? problem : `${path}: ${problem}`, path }
}
