import { readHeaders, readPlace } from '@ipvm/egress'
import { CID, type Value } from '@ipvm/ipld'
import * as v from 'valibot'
import { httpBytesMax, redirectsDefault, redirectsMax } from '../limits.ts'

const url = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    const place = dataset.typed ? readPlace(dataset.value) : undefined
    if (place && 'error' in place) addIssue({ message: place.error.message })
  }),
  v.description('where, spelled as a browser prints it: `https://api.example.com/orders?id=1`'),
)

const headers = v.optional(
  v.pipe(
    v.record(v.string(), v.string()),
    v.rawCheck(({ dataset, addIssue }) => {
      const read = dataset.typed ? readHeaders(dataset.value) : undefined
      if (read && 'error' in read) addIssue({ message: read.error.message })
    }),
    v.description('headers beside those that a connection needs; a secret may stand here'),
  ),
  {},
)

const status = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599))

const asked = {
  url,
  headers,
  ok: v.optional(
    v.pipe(
      v.union([v.picklist(['2xx', 'any']), v.array(status)]),
      v.description('which statuses are a value; every other one is the failure `HttpStatus`'),
    ),
    '2xx',
  ),
  give: v.optional(
    v.pipe(v.picklist(['answer', 'body']), v.description('the whole answer, or its body alone')),
    'answer',
  ),
  as: v.optional(v.pipe(v.picklist(['bytes', 'text', 'json']), v.description('what the body is read as')), 'bytes'),
  redirects: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(redirectsMax),
      v.description('how many redirects are followed; 0 takes one as the answer'),
    ),
    redirectsDefault,
  ),
  bytesMax: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(httpBytesMax),
      v.description('how many bytes of the body are read at most, where it is less than the node allows'),
    ),
  ),
}

const bytes = v.custom<Uint8Array>(value => value instanceof Uint8Array, 'expected bytes')
const file = v.custom<CID>(value => value instanceof CID, 'expected the CID of a file')

const sent = {
  ...asked,
  body: v.optional(
    v.pipe(v.union([v.string(), bytes, file]), v.description('what is sent: text, bytes, or the CID of a file')),
  ),
  json: v.optional(
    v.pipe(
      v.custom<Value>(value => value !== undefined, 'expected a value'),
      v.description('what is sent as JSON, in place of a body'),
    ),
  ),
}

/** Arguments of what only asks. */
export const askArguments = v.strictObject(asked)

/** Arguments of what sends something along. */
export const sendArguments = v.pipe(
  v.strictObject(sent),
  v.check(({ body, json }) => body === undefined || json === undefined, 'body, json: give one of them'),
  v.check(
    ({ headers: given }) => !Object.keys(given).some(name => name.toLowerCase() === 'idempotency-key'),
    'headers: Idempotency-Key is set by ipvm: the same for every attempt of this task',
  ),
)

export type AskArguments = v.InferOutput<typeof askArguments>
export type SendArguments = v.InferOutput<typeof sendArguments>
