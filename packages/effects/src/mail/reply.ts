import type { EffectOutcome } from '@ipvm/runtime'

/** What a mail server answered, as the library tells it. */
export interface Told {
  readonly accepted?: readonly string[]
  readonly rejectedErrors?: readonly unknown[] | undefined
  readonly response?: string
}

/** Whom the server does not take mail for, and why: 4xx may change, 5xx is for good. */
export function refusedPeople(told: Told | undefined): readonly { to: string; code: number; said: string }[] {
  return (told?.rejectedErrors ?? []).map(one => ({
    to: textOf(one, 'recipient'),
    code: codeOf(one) ?? 0,
    said: textOf(one, 'response').slice(0, 500),
  }))
}

/**
 * What follows from a failure.
 * @param isWhole whether all of the mail was handed on, so that the server may have it
 */
export function failed(thrown: unknown, host: string, isWhole: boolean): EffectOutcome {
  const code = codeOf(thrown)
  const message = `${host}: ${thrown instanceof Error ? thrown.message : String(thrown)}`
  const kind = textOf(thrown, 'originalCode') || textOf(thrown, 'code')
  if (kind === 'ETLS' || kind === 'EREQUIRETLS' || /CERT|SIGNATURE|SSL/.test(kind)) {
    const advice = 'a server without TLS is used where "plain" is set to true'
    return { error: { name: 'InvalidTls', message: `${message}; ${advice}` }, verdict: 'final' }
  }
  if (code !== undefined) {
    const rejected = isTold(thrown) ? refusedPeople(thrown) : []
    // Where one of them may be taken later, all of them may be tried again: none was.
    const isLater = rejected.length > 0 ? rejected.some(one => one.code < 500) : code < 500
    const about = { code, ...(rejected.length > 0 && { value: { rejected } }) }
    return { error: { name: 'MailRefused', message, ...about }, verdict: isLater ? 'again' : 'final' }
  }
  if (isWhole)
    return { error: { name: 'Cut', message: `${message}; the mail may have been taken` }, verdict: 'unknown' }
  if (kind === 'EAUTH' || kind === 'ENOAUTH' || kind === 'EENVELOPE')
    return { error: { name: 'MailRefused', message }, verdict: 'final' }
  return { error: { name: 'Cut', message: `${message}; nothing was taken` }, verdict: 'again' }
}

function isTold(thrown: unknown): thrown is Told {
  return (
    typeof thrown === 'object' && thrown !== null && 'rejectedErrors' in thrown && Array.isArray(thrown.rejectedErrors)
  )
}

function codeOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('responseCode' in thrown)) return undefined
  return typeof thrown.responseCode === 'number' ? thrown.responseCode : undefined
}

function textOf(thrown: unknown, field: string): string {
  if (typeof thrown !== 'object' || thrown === null) return ''
  const value: unknown = Reflect.get(thrown, field)
  return typeof value === 'string' ? value : ''
}
