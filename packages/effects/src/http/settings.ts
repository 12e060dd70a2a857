import * as v from 'valibot'
import { allowEntryLengthMax, allowListMax, httpBytesDefault, httpBytesMax } from '../limits.ts'
import { matchesUrl, readUrlPattern, type UrlPattern } from './allow.ts'

const everywhere = 'https://*/*'

const pattern = v.pipe(
  v.string(),
  v.maxLength(allowEntryLengthMax),
  v.rawTransform<string, UrlPattern>(({ dataset, addIssue, NEVER }) => {
    const read = readUrlPattern(dataset.value)
    if ('ok' in read) return read.ok
    addIssue({ message: read.error.message })
    return NEVER
  }),
)

const bounds = {
  bytesMax: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(httpBytesMax),
      v.description('how many bytes of an answer are read at most'),
    ),
    httpBytesDefault,
  ),
  answerSeconds: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0.1),
      v.maxValue(3600),
      v.description('how long it waits until an answer begins; the "time" of the task\'s config is for all of it'),
    ),
    60,
  ),
}

/** What may be set of effects that any number of attempts is harmless of. */
export const plainSettings = v.strictObject({
  allow: v.optional(
    v.pipe(
      v.array(pattern),
      v.maxLength(allowListMax),
      v.description('which URLs may be asked for, such as `https://api.example.com/*`'),
    ),
    [everywhere],
  ),
  ...bounds,
})

/** What may be set of `/http/post`: where the `Idempotency-Key` is honoured, too. */
export const postSettings = v.strictObject({
  allow: v.optional(
    v.pipe(
      v.array(v.union([pattern, v.strictObject({ url: pattern, honoursKey: v.boolean() })])),
      v.maxLength(allowListMax),
      v.description(
        'which URLs may be posted to; `{"url": "https://api.example.com/*", "honoursKey": true}` where the server does once what it is asked twice under one `Idempotency-Key`, so that it may be sent again',
      ),
    ),
    [everywhere],
  ),
  ...bounds,
})

/** What was set, read. */
export interface HttpSettings {
  readonly allow: readonly UrlPattern[]
  readonly bytesMax: number
  readonly answerSeconds: number
}

/** Whether a URL may be asked for. */
export function allowsUrl(allow: readonly UrlPattern[], url: string): boolean {
  return allow.some(one => matchesUrl(one, url))
}
