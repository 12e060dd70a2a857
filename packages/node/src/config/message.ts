import { problemOf } from '@ipvm/effects'
import type * as v from 'valibot'

const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  string: 'a text in quotes',
  boolean: 'true or false',
  Array: 'a list in [ ]',
  Object: 'an object in { }',
}

/** What is wrong with a value, as what to write in its place. */
export function messageOf(issue: v.BaseIssue<unknown>): string {
  const { message, type, expected, received } = { ...issue, ...problemOf(issue), type: issue.type }
  if (type === 'integer') return `write a whole number in place of ${received}`
  // What has a sentence of its own says it.
  if (!message.startsWith('Invalid ') || expected === null) return message
  const choices = expected.match(/"[^"]*"/g)
  const what = choices ? `one of ${choices.join(', ')}` : (kinds[expected] ?? expected)
  if (/^[<>]/.test(expected)) return `write a number that is ${expected} in place of ${received}`
  return `write ${what} in place of ${received}`
}
