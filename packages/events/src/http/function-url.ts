import { error, ok, parseCid, type CID, type Failure, type Result } from '@ipvm/ipld'
import { eventBlock, readEventBlock, type EndedRun, type Event, type SubmitFailure } from '@ipvm/runtime'
import type { Context } from 'hono'
import type { Events, EventsParts } from '../events.ts'
import type { Delivery } from '../inbox/delivery.ts'
import { Pace } from '../inbox/pace.ts'
import { idLengthMax, requestsMax } from '../limits.ts'
import type { SourceOf, Trigger } from '../trigger/document.ts'
import { answerOf, type Answer } from './answer.ts'
import { readBody } from './body.ts'
import { headerOf } from './incoming.ts'
import { noPlace, refuse, unknown } from './refusals.ts'
import { KnownAnswers } from './known-answers.ts'
import { requestData, requestKey } from './request.ts'

/** What one request asks of one trigger. */
interface Asked {
  readonly delivery: Delivery
  readonly source: SourceOf<'http'>
  readonly event: Event
  /** What is the same of requests that are the same; absent of large ones. */
  readonly key: string | undefined
}

/** Another request came under the same key before: its answer is for whoever knows that request. */
interface KeyReused extends Failure {
  readonly name: 'KeyReused'
}

type Began = Result<CID, SubmitFailure | KeyReused>

/** Function URLs: a request comes in, the workflow's answer goes out. */
export class FunctionUrl {
  readonly #events: Events
  readonly #paces = new WeakMap<Trigger, Pace>()
  readonly #known = new KnownAnswers()
  /** Runs that are being begun, by their events: who asks with the same key waits for the same. */
  readonly #beginning = new Map<string, Promise<Began>>()
  /** What the ids of events begin with that came to this process, and how many did. */
  #prefix: string | undefined
  #count = 0
  #asking = 0

  constructor(events: Events) {
    this.#events = events
  }

  /** Answers a request, by pure functions in memory, or by a run. */
  async call(c: Context): Promise<Response> {
    const name = c.req.param('name') ?? ''
    const delivery = this.#events.active(name)
    const source = delivery?.trigger.source
    if (!delivery || source?.kind !== 'http') return unknown(c, name)
    if (!source.methods.some(method => method === c.req.method)) {
      c.header('Allow', source.methods.join(', '))
      return refuse(c, 405, 'MethodNotAllowed', `it takes ${source.methods.join(', ')}`)
    }
    const wait = this.#pace(delivery.trigger).take()
    if (wait > 0) return noPlace(c, 429, 'it is asked more often than its owner lets it', wait / 1000)
    if (this.#asking >= requestsMax) return noPlace(c, 503, 'as many requests wait as may')
    this.#asking += 1
    try {
      return await this.#ask(c, delivery, source)
    } finally {
      this.#asking -= 1
    }
  }

  async #ask(c: Context, delivery: Delivery, source: SourceOf<'http'>): Promise<Response> {
    const body = await readBody(c)
    if ('error' in body) return refuse(c, body.error.status, body.error.name, body.error.message)
    const key = requestKey(c, source, body.ok)
    const known = key === undefined ? undefined : this.#known.get(delivery, key)
    if (known) return respond(known, {})
    const { name } = delivery.trigger
    const data = requestData(c, source, `/fn/${name}`, body.ok)
    if ('error' in data) return refuse(c, data.error.status, data.error.name, data.error.message)
    if ((headerOf(c, 'idempotency-key')?.length ?? 0) > idLengthMax) {
      return refuse(c, 400, 'BadKey', `its Idempotency-Key has more than ${idLengthMax} characters`)
    }
    const time = this.#events.parts.world.date()
    const event = { id: this.#id(c), source: `http:${name}`, type: 'http.request', time, data: data.ok, depth: 0 }
    return this.#answer(c, { delivery, source, event, key })
  }

  /** How a run stands that a request was told of. */
  async find(c: Context, name: string, text: string): Promise<Response> {
    const delivery = this.#events.active(name)
    const run = parseCid(text)
    const source = delivery?.trigger.source
    if (!delivery || source?.kind !== 'http' || 'error' in run) return unknown(c, name)
    const { runtime, store } = this.#events.parts
    const record = await store.run(run.ok)
    // Of this function's runs, and no others.
    if (!record?.workflow.equals(delivery.trigger.workflow)) return unknown(c, text)
    if (record.end === undefined) return this.#accepted(c, name, run.ok)
    return this.#ended(c, await runtime.ended(run.ok), source.output)
  }

  async #answer(c: Context, asked: Asked): Promise<Response> {
    const { delivery, source } = asked
    const late = new Late(this.#events.parts.world, source.wait)
    try {
      const pure = delivery.trigger.only ? undefined : await this.#purely(asked, late)
      if (!pure || 'error' in pure) return await this.#byRun(c, asked, late.signal())
      const { out, lasting } = pure.ok
      if ('error' in out) return this.#failed(c)
      const answer = await this.#answerOf(out.ok)
      if ('error' in answer) return refuse(c, 502, answer.error.name, answer.error.message)
      if (lasting && asked.key !== undefined) this.#known.keep(delivery, asked.key, answer.ok)
      return respond(answer.ok, {})
    } finally {
      late.cancel()
    }
  }

  async #purely({ delivery, source, event }: Asked, late: Late) {
    try {
      return await this.#events.parts.runtime.answer(delivery.trigger.workflow, source.output, event, () =>
        late.signal(),
      )
    } catch (thrown) {
      // It takes longer than who asked waits: a run goes on with it.
      if (late.isOver) return undefined
      throw thrown
    }
  }

  /** The event and its run are written down together; who asks again with the same key gets the same run. */
  async #byRun(c: Context, { delivery, source, event }: Asked, late: AbortSignal): Promise<Response> {
    const began = await this.#once(delivery, event)
    if ('error' in began) return this.#refused(c, began)
    const how = await Promise.race([this.#events.parts.runtime.ended(began.ok), aborted(late)])
    return how ? this.#ended(c, how, source.output) : this.#accepted(c, delivery.trigger.name, began.ok)
  }

  /** The run of an event: the one that it has had, or a new one. Those of one key go one after the other. */
  #once(delivery: Delivery, event: Event): Promise<Began> {
    const key = `${delivery.cid} ${event.id}`
    const before = this.#beginning.get(key)
    const began = before
      ? before.then(
          () => this.#begin(delivery, event),
          () => this.#begin(delivery, event),
        )
      : this.#begin(delivery, event)
    this.#beginning.set(key, began)
    const leave = () => {
      if (this.#beginning.get(key) === began) this.#beginning.delete(key)
    }
    began.then(leave, leave)
    return began
  }

  async #begin(delivery: Delivery, event: Event): Promise<Began> {
    const { store } = this.#events.parts
    const known = isKeyed(event) ? await store.inboxEvent({ trigger: delivery.cid, id: event.id }) : undefined
    if (known?.run) return (await this.#isSame(known.event, event)) ? ok(known.run) : error(keyReused)
    const { block, record } = delivery.prepare(event)
    const written = store.commit({ blocks: [block], canWait: true })
    // What cannot be written now, the run cannot either, and says so.
    written.catch(() => {})
    const begun = await delivery.begin(record, run => ({ events: [{ ...record, state: 'delivered', run }] }))
    return 'ok' in begun ? ok(begun.ok.run) : begun
  }

  /** Whether a request is the one that an event was made of, but for when it came. */
  async #isSame(known: CID, event: Event): Promise<boolean> {
    const bytes = await this.#events.parts.store.block(known)
    const before = bytes && readEventBlock(bytes)
    return before !== undefined && 'ok' in before && eventBlock({ ...event, time: before.ok.time }).cid.equals(known)
  }

  async #ended(c: Context, { end, tasks, run }: EndedRun, output: string): Promise<Response> {
    c.header('Ipvm-Run', run.toString())
    const task = tasks.get(output)
    if (!task || !('ok' in task.receipt.out) || task.secret) {
      return end === 'halted' || end === 'suspended' || end === 'unknown'
        ? noPlace(c, 503, 'it does not go on now; ask again where the answer will be')
        : this.#failed(c)
    }
    const value = await this.#value(task.receipt.out.ok)
    return value === undefined ? this.#failed(c) : this.#send(c, value, { 'ipvm-run': run.toString() })
  }

  /** Large values are in a block of their own. */
  async #value(value: Parameters<typeof answerOf>[0]) {
    return this.#events.parts.runtime.value(value)
  }

  async #send(
    c: Context,
    value: Parameters<typeof answerOf>[0],
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const answer = await this.#answerOf(value)
    return 'ok' in answer ? respond(answer.ok, more) : refuse(c, 502, answer.error.name, answer.error.message)
  }

  #answerOf(value: Parameters<typeof answerOf>[0]): ReturnType<typeof answerOf> {
    return answerOf(value, cid => this.#events.parts.store.block(cid))
  }

  /** What went wrong is the owner's to see, in receipts and runs; strangers hear that it did. */
  #failed(c: Context): Response {
    return refuse(c, 502, 'FunctionFailed', 'the function failed')
  }

  #refused(c: Context, { error: { name, message } }: { readonly error: SubmitFailure | KeyReused }): Response {
    if (name === 'KeyReused') return refuse(c, 422, name, message)
    if (name === 'Busy') return noPlace(c, 503, 'as many runs go on as may')
    if (name === 'StoreFull') return noPlace(c, 503, 'there is no room on the disk', 10)
    return this.#failed(c)
  }

  #accepted(c: Context, name: string, run: CID): Response {
    c.header('Location', `/fn/${name}/-/${run}`)
    c.header('Retry-After', '1')
    return c.json({ run: run.toString() }, 202)
  }

  #id(c: Context): string {
    const key = headerOf(c, 'idempotency-key')
    if (key !== undefined && key !== '') return keyed + key
    this.#prefix ??= Buffer.from(this.#events.parts.world.random(idBytes)).toString('base64url')
    this.#count += 1
    return `${this.#prefix}-${this.#count}`
  }

  #pace(trigger: Trigger): Pace {
    const known = this.#paces.get(trigger) ?? new Pace(trigger.perMinute, this.#events.parts.world)
    this.#paces.set(trigger, known)
    return known
  }
}

const idBytes = 12

const keyReused: KeyReused = {
  name: 'KeyReused',
  message: 'another request came with the same Idempotency-Key; choose another key, or send the same request',
}

/** How the ids of events begin that whoever asked has named. */
const keyed = 'key '

function isKeyed({ id }: Event): boolean {
  return id.startsWith(keyed)
}

function respond({ status, headers, body }: Answer, more: Readonly<Record<string, string>>): Response {
  return new Response(status === 204 || status === 304 ? null : body, { status, headers: { ...headers, ...more } })
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** When a request has waited long enough; what is known at once needs no clock. */
class Late {
  readonly #world: EventsParts['world']
  readonly #wait: number
  #controller: AbortController | undefined
  #cancel: (() => void) | undefined

  constructor(world: EventsParts['world'], wait: number) {
    this.#world = world
    this.#wait = wait
  }

  get isOver(): boolean {
    return this.#controller?.signal.aborted === true
  }

  signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal
    const controller = new AbortController()
    this.#controller = controller
    this.#cancel = this.#world.after(this.#wait, () => controller.abort())
    return controller.signal
  }

  cancel(): void {
    this.#cancel?.()
  }
}
