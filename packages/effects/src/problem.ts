import type { BaseIssue } from 'valibot'

/** What is wrong with a setting, and where: `.allow.0`, `["/http/get"]`. */
export interface SettingProblem {
  readonly path: string
  readonly message: string
}

/** What is wrong by one of valibot's issues, in words for who wrote it. */
export function problemOf({ path, expected, message }: BaseIssue<unknown>): SettingProblem {
  const keys = (path ?? []).map(({ key }) => String(key))
  const where = keys.map(key => (/^\w+$/.test(key) ? `.${key}` : `["${key}"]`)).join('')
  if (expected === 'never') return { path: where, message: 'there is no such setting' }
  return { path: where, message: message.startsWith('Invalid key') ? 'it has to be set' : message }
}
