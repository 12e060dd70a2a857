import { readHeaders, readPlace, type Egress } from '@ipvm/egress'
import type { EffectOutcome, World } from '@ipvm/runtime'
import * as v from 'valibot'
import { mailBytesMax } from '../limits.ts'

const place = v.pipe(
  v.string(),
  v.check(text => text.includes('{id}'), 'expected a URL with {id} in it, where the id of a mail goes'),
  v.rawCheck(({ dataset, addIssue }) => {
    const read = dataset.typed ? readPlace(placeOf(dataset.value, 'id')) : undefined
    if (read && 'error' in read) addIssue({ message: read.error.message })
  }),
  v.description('the URL of a mail by its id, such as `https://mail.example.com/messages/{id}`'),
)

/** Where one can ask whether the server took a mail. */
export const sentSettings = v.strictObject({
  url: place,
  headers: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.rawCheck(({ dataset, addIssue }) => {
        const read = dataset.typed ? readHeaders(dataset.value) : undefined
        if (read && 'error' in read) addIssue({ message: read.error.message })
      }),
      v.description('headers of the question, such as a key'),
    ),
    {},
  ),
  after: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(3600),
      v.description('how many seconds a mail may take until it turns up there; only then it counts as not taken'),
    ),
    60,
  ),
})

export type SentSettings = v.InferOutput<typeof sentSettings>

/** What a question is asked with. */
export interface SentParts {
  readonly egress: Egress
  readonly world: Pick<World, 'after'>
  readonly signal: AbortSignal
}

/**
 * Whether the server took the mail of this id. It may have it, and show it a moment later: what is not there is asked for once
 * more when that moment is over.
 */
export async function wasSent(id: string, settings: SentSettings, parts: SentParts): Promise<EffectOutcome> {
  const first = await ask(id, settings, parts)
  if (first !== 'not there') return first
  await pause(settings.after * 1000, parts)
  const second = await ask(id, settings, parts)
  if (second !== 'not there') return second
  const message = `the server has no mail ${id}, ${settings.after} s later: it was not sent`
  return { error: { name: 'NotSent', message }, verdict: 'again' }
}

async function ask(
  id: string,
  { url: template, headers }: SentSettings,
  { egress, signal }: SentParts,
): Promise<EffectOutcome | 'not there'> {
  const url = placeOf(template, id)
  const answer = await egress.request({
    ...{ method: 'GET', url, headers, bytesMax: mailBytesMax, redirectsMax: 0, signal },
    allows: asked => asked === url,
  })
  const status = 'ok' in answer ? answer.ok.status : answer.error.status
  // Whatever else becomes of an answer: it is there.
  if (status === 200) return { ok: { id, response: `found at ${url}` } }
  if (status === 404 || status === 410) return 'not there'
  return doubt(id, url, 'ok' in answer ? `it answered ${answer.ok.status}` : answer.error.message)
}

function doubt(id: string, url: string, why: string): EffectOutcome {
  const message = `whether the mail ${id} was sent is not known: ${url} was asked, and ${why}`
  return { error: { name: 'NotKnown', message }, verdict: 'unknown' }
}

function pause(milliseconds: number, { world, signal }: SentParts): Promise<void> {
  return new Promise(resolve => {
    const cancel = world.after(milliseconds, resolve)
    const stop = () => {
      cancel()
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** Without the brackets that ids of mails stand in. */
function placeOf(template: string, id: string): string {
  return template.replaceAll('{id}', encodeURIComponent(id.replace(/^<|>$/g, '')))
}
