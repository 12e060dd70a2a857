import { parseCid, type CID } from '@ipvm/ipld'
import type { EndedRun, Event, SubmitFailure } from '@ipvm/runtime'
import type { Context } from 'hono'
import type { Events, EventsParts } from '../events.ts'
import type { Delivery } from '../inbox/delivery.ts'
import { Pace } from '../inbox/pace.ts'
import { answersBytesMax, idLengthMax, requestsMax } from '../limits.ts'
import type { SourceOf, Trigger } from '../trigger/document.ts'
import { answerOf } from './answer.ts'
import { withBody } from './body.ts'
import { headerOf } from './incoming.ts'
import { noPlace, refuse, unknown } from './refusals.ts'
import { KnownAnswers } from './known-answers.ts'
import { requestData, requestKey } from './request.ts'
import { respond } from './respond.ts'
import { Room } from './room.ts'
import { keyed, RunsOfEvents, type KeyReused } from './runs-of-events.ts'

/** A trigger, and its source. */
interface Of {
  readonly delivery: Delivery
  readonly source: SourceOf<'http'>
}

/** A request with its body. */
interface Called extends Of {
  readonly body: Uint8Array
}

/** What one request asks of one trigger. */
interface Asked extends Of {
  readonly event: Event
  /** What is the same of requests that are the same; absent of large ones. */
  readonly key: string | undefined
}

/** Function URLs: a request comes in, the workflow's answer goes out. */
export class FunctionUrl {
  readonly #events: Events
  readonly #room: Room
  readonly #runs: RunsOfEvents
  readonly #answers = new Room(answersBytesMax)
  readonly #paces = new WeakMap<Trigger, Pace>()
  readonly #known = new KnownAnswers()
  /** What the ids of events begin with that came to this process, and how many did. */
  #prefix: string | undefined
  #count = 0
  #asking = 0

  /** @param room how much of bodies there is room for */
  constructor(events: Events, room: Room) {
    this.#events = events
    this.#room = room
    this.#runs = new RunsOfEvents(events.parts.store)
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
    return this.#within(c, () => withBody(c, this.#room, body => this.#ask(c, { delivery, source, body })))
  }

  /** As many at once as may be. */
  async #within(c: Context, work: () => Promise<Response>): Promise<Response> {
    if (this.#asking >= requestsMax) return noPlace(c, 503, 'as many requests wait as may')
    this.#asking += 1
    try {
      return await work()
    } finally {
      this.#asking -= 1
    }
  }

  async #ask(c: Context, { delivery, source, body }: Called): Promise<Response> {
    const key = requestKey(c, source, body)
    const known = key === undefined ? undefined : this.#known.get(delivery, key)
    if (known) return respond(c, this.#answers, known)
    const { name } = delivery.trigger
    const data = requestData(c, source, `/fn/${name}`, body)
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
    return this.#within(c, async () => this.#ended(c, await runtime.ended(run.ok), { delivery, source }))
  }

  async #answer(c: Context, asked: Asked): Promise<Response> {
    const { delivery, source } = asked
    const late = new Late(this.#events.parts.world, source.wait)
    try {
      const pure = delivery.trigger.only ? undefined : await this.#purely(asked, late)
      if (!pure || 'error' in pure) return await this.#byRun(c, asked, late.signal())
      const { out, lasting } = pure.ok
      if ('error' in out) return this.#failed(c, asked, out.error.message)
      const answer = await this.#answerOf(out.ok)
      if ('error' in answer) return refuse(c, 502, answer.error.name, answer.error.message)
      if (lasting && asked.key !== undefined) this.#known.keep(delivery, asked.key, answer.ok)
      return respond(c, this.#answers, answer.ok)
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
  async #byRun(c: Context, asked: Asked, late: AbortSignal): Promise<Response> {
    const { delivery, source, event } = asked
    const began = await this.#runs.of(delivery, event)
    if ('error' in began) return this.#refused(c, began, asked)
    const how = await Promise.race([this.#events.parts.runtime.ended(began.ok), aborted(late)])
    return how ? this.#ended(c, how, { delivery, source }) : this.#accepted(c, delivery.trigger.name, began.ok)
  }

  async #ended(c: Context, { end, tasks, run }: EndedRun, of: Of): Promise<Response> {
    c.header('Ipvm-Run', run.toString())
    const task = tasks.get(of.source.output)
    // Its process ends; the run is gone on with by the next one.
    if (!task && end === 'halted') return this.#accepted(c, of.delivery.trigger.name, run)
    if (!task || !('ok' in task.receipt.out) || task.secret) {
      return end === 'halted' || end === 'suspended' || end === 'unknown'
        ? noPlace(c, 503, 'it does not go on now; ask again where the answer will be')
        : this.#failed(c, of, `run ${run}`)
    }
    const value = await this.#value(task.receipt.out.ok)
    return value === undefined
      ? this.#failed(c, of, `the answer of run ${run} is gone`)
      : this.#send(c, value, { 'ipvm-run': run.toString() })
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
    return 'ok' in answer
      ? respond(c, this.#answers, answer.ok, more)
      : refuse(c, 502, answer.error.name, answer.error.message)
  }

  #answerOf(value: Parameters<typeof answerOf>[0]): ReturnType<typeof answerOf> {
    return answerOf(value, cid => this.#events.parts.store.block(cid))
  }

  /** What went wrong is the owner's to see; strangers hear that it did. */
  #failed(c: Context, { delivery, event }: Of & Partial<Pick<Asked, 'event'>>, why: string): Response {
    delivery.tellFailed(why, event?.id)
    return refuse(c, 502, 'FunctionFailed', 'the function failed')
  }

  #refused(c: Context, { error }: { readonly error: SubmitFailure | KeyReused }, asked: Asked): Response {
    const { name, message } = error
    if (name === 'KeyReused') return refuse(c, 422, name, message)
    if (name === 'Busy') return noPlace(c, 503, 'as many runs go on as may')
    if (name === 'StoreFull') return noPlace(c, 503, 'there is no room on the disk', 10)
    return this.#failed(c, asked, message)
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
