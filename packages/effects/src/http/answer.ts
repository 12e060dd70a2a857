import type { EgressResponse } from '@ipvm/egress'
import { decodePlainJson, error, ok, type Failure, type Result, type Value } from '@ipvm/ipld'
import type { AskArguments } from './arguments.ts'

/** The body of an answer is not what it was to be read as. */
export interface MalformedAnswer extends Failure {
  readonly name: 'MalformedAnswer'
}

/** Whether a status is one of those that the task takes as a value. */
export function isAccepted(status: number, wanted: AskArguments['ok']): boolean {
  if (wanted === 'any') return true
  return wanted === '2xx' ? status >= 200 && status <= 299 : wanted.includes(status)
}

/** The body of an answer as the task wants it. Failures: {@link MalformedAnswer}. */
export function bodyOf({ body, headers, url }: EgressResponse, as: AskArguments['as']): Result<Value, MalformedAnswer> {
  if (as === 'bytes') return ok(body)
  const text = textOf(body, headers['content-type'] ?? '')
  if (as === 'text') return ok(text)
  const json = decodePlainJson(text)
  if ('ok' in json) return json
  return error({ name: 'MalformedAnswer', message: `the answer of ${url} is ${json.error.message}` })
}

/** The whole answer as a value. */
export function answerOf({ status, headers, url }: EgressResponse, body: Value) {
  return { status, headers, body, url }
}

/** Text in the encoding that its type says; what is none of it becomes U+FFFD. */
function textOf(body: Uint8Array, type: string): string {
  const [, charset = 'utf-8'] = /;\s*charset="?([\w:.-]+)"?/i.exec(type) ?? []
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return new TextDecoder().decode(body)
  }
}
