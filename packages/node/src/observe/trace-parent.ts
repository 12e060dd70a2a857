/** Where the invocation of a run says whose trace it belongs to, so that whoever goes on with the run knows it, too. */
export const traceParentKey = 'traceparent'

/** Where a caller's trace is at: what the `traceparent` of W3C Trace Context says. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits: the caller's span. */
  readonly spanId: string
  /** Whether the caller records this trace. */
  readonly isSampled: boolean
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a `traceparent`; nothing where it is none, since a trace is no reason to refuse work. */
export function parseTraceParent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = form.exec(text) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** Writes a `traceparent` of the version that everybody reads. */
export function writeTraceParent(span: {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}): string {
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1).toString(16).padStart(2, '0')}`
}
