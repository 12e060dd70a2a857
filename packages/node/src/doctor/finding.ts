/** What was looked at, how it is, and what to do where it is not as it should be. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail'
  /** `store`, `keys`, `config`, … */
  readonly of: string
  readonly what: string
  readonly advice?: string
}

/** Findings about one thing. */
export interface Findings {
  ok(what: string): Finding
  warn(what: string, advice: string): Finding
  fail(what: string, advice: string): Finding
}

/** Makes findings about one thing. */
export function findingsOf(of: string): Findings {
  return {
    ok: what => ({ level: 'ok', of, what }),
    warn: (what, advice) => ({ level: 'warn', of, what, advice }),
    fail: (what, advice) => ({ level: 'fail', of, what, advice }),
  }
}
