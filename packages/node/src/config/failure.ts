import type { Failure } from '@ipvm/ipld'

/** The config cannot be used; the message names the file, the place in it, and what to do. */
export interface InvalidConfig extends Failure {
  readonly name: 'InvalidConfig'
}

/** What is wrong in a config, and where. */
export function invalidConfig(path: string, where: string, problem: string): InvalidConfig {
  return { name: 'InvalidConfig', message: `${path}: ${where === '' ? '' : `${where}: `}${problem}` }
}

/** Whether it is an object of JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
