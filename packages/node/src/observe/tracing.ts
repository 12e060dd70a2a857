import {
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api'
import { cidKey, type CID, type ValueMap } from '@ipvm/ipld'
import type { ObservedRun, RunEvent, SettledTask } from '@ipvm/runtime'
import type { PlacedTask } from '@ipvm/workflow'
import type { NodeObserver } from './observers.ts'
import { parseTraceParent, traceParentKey, writeTraceParent } from './trace-parent.ts'

/** What is behind a tracer. */
export interface TracingOptions {
  /** Told the id that the trace is to have which begins next. */
  readonly onTrace?: (traceId: string) => void
  /** Sends what is left. */
  readonly close?: () => Promise<void>
}

/** A run with its spans. */
interface TracedRun {
  readonly span: Span
  readonly context: Context
  readonly tasks: Map<string, PlacedTask>
  readonly labels: readonly string[]
  /** Of tasks under way, by label. */
  readonly open: Map<string, Span>
  /** Of all that have begun, for those that link to them. */
  readonly known: Map<string, SpanContext>
}

/** A span for each run, and below it one for each of its tasks, linked to those that it awaits. */
export class Tracing implements NodeObserver {
  readonly #runs = new Map<string, TracedRun>()
  readonly #tracer: Tracer
  readonly #options: TracingOptions

  constructor(tracer: Tracer, options: TracingOptions = {}) {
    this.#tracer = tracer
    this.#options = options
  }

  async close(): Promise<void> {
    await this.#options.close?.()
  }

  opened({ state, layout, meta }: ObservedRun): void {
    const parent = contextOf(meta?.[traceParentKey])
    // The parts of a run that went on after a crash, or elsewhere, are of one trace.
    this.#options.onTrace?.(Buffer.from(state.run.multihash.digest.subarray(0, 16)).toString('hex'))
    const attributes = {
      'ipvm.run': state.run.toString(),
      'ipvm.workflow': state.workflow.toString(),
      'ipvm.tasks': layout.tasks.length,
      'ipvm.resumed': state.seq > 0,
    }
    const span = this.#tracer.startSpan(`run ${state.name ?? 'unnamed'}`, { attributes }, parent)
    this.#runs.set(cidKey(state.run), {
      span,
      context: trace.setSpan(parent, span),
      tasks: new Map(layout.tasks.map(task => [task.label, task])),
      labels: layout.tasks.map(({ label }) => label),
      open: new Map(),
      known: new Map(),
    })
  }

  event(event: RunEvent): void {
    const traced = this.#runs.get(cidKey(event.run))
    if (!traced) return
    switch (event.type) {
      case 'running':
        this.#begin(traced, event.label, event.at)
        break
      case 'settled':
        this.#settle(traced, event)
        break
      case 'away':
      case 'retrying':
      case 'unknown':
        this.#note(traced, event)
        break
      case 'ended':
        traced.span.setAttribute('ipvm.end', event.end)
        if (event.end === 'failed') traced.span.setStatus({ code: SpanStatusCode.ERROR })
        break
      default:
    }
  }

  spawned(run: CID, tasks: readonly PlacedTask[]): void {
    for (const task of tasks) this.#runs.get(cidKey(run))?.tasks.set(task.label, task)
  }

  /** The trace goes on at who is asked: what they do is below the span of the task, which begins here. */
  metaFor(run: CID, label: string): ValueMap | undefined {
    const traced = this.#runs.get(cidKey(run))
    const span = traced && this.#begin(traced, label)
    return span && { [traceParentKey]: writeTraceParent(span.spanContext()) }
  }

  closed(run: CID): void {
    const traced = this.#runs.get(cidKey(run))
    if (!traced) return
    for (const span of traced.open.values()) span.end()
    traced.span.end()
    this.#runs.delete(cidKey(run))
  }

  committed(): void {}

  #begin(run: TracedRun, label: string, startTime?: number): Span | undefined {
    const task = run.tasks.get(label)
    if (!task) return undefined
    const known = run.open.get(label)
    if (known) return known
    const name = task.secret ? `${task.task.cmd} (secret)` : label
    const options = {
      attributes: taskAttributes(task),
      links: linksOf(run, task),
      ...(startTime !== undefined && { startTime }),
    }
    const span = this.#tracer.startSpan(name, options, run.context)
    run.open.set(label, span)
    run.known.set(label, span.spanContext())
    return span
  }

  #settle(run: TracedRun, event: SettledTask & Pick<RunEvent, 'at'>): void {
    const { label, how, receipt, milliseconds, at } = event
    // One that was not seen to begin was known, or not done at all.
    const span = this.#begin(run, label, at - milliseconds)
    if (!span) return
    const isSecret = run.tasks.get(label)?.secret === true
    span.setAttribute('ipvm.task.how', how)
    if (!isSecret) {
      span.setAttribute('ipvm.task.cid', event.task.toString())
      span.setAttribute('ipvm.task.receipt', receipt.cid.toString())
      if (receipt.gas !== undefined) span.setAttribute('ipvm.task.gas', receipt.gas)
    }
    if (how === 'failed' && 'error' in receipt.out) fail(span, isSecret ? undefined : receipt.out.error)
    span.end(at)
    run.open.delete(label)
  }

  #note(run: TracedRun, event: Extract<RunEvent, { readonly type: 'away' | 'retrying' | 'unknown' }>): void {
    const span = this.#begin(run, event.label, event.at)
    if (!span) return
    const isSecret = run.tasks.get(event.label)?.secret === true
    const attempt = 'attempt' in event ? { 'ipvm.task.attempt': event.attempt } : {}
    if ('attempt' in event) span.setAttribute('ipvm.task.attempts', event.attempt + 1)
    span.addEvent(event.type, { ...attempt, ...(!isSecret && errorAttributes(event.cause)) }, event.at)
  }
}

interface NamedProblem {
  readonly name: string
  readonly message: string
}

function fail(span: Span, problem: NamedProblem | undefined): void {
  span.setStatus({ code: SpanStatusCode.ERROR, ...(problem && { message: problem.message }) })
  if (problem) span.addEvent('exception', errorAttributes(problem))
}

function errorAttributes({ name, message }: NamedProblem): Attributes {
  return { 'exception.type': name, 'exception.message': message }
}

/** What is known before it runs. The name of a secret's task could be guessed from, and is not told. */
function taskAttributes({ label, task, class: effect, secret }: PlacedTask): Attributes {
  const plain = { 'ipvm.task.cmd': task.cmd, 'ipvm.task.class': effect }
  return secret ? { ...plain, 'ipvm.task.secret': true } : { ...plain, 'ipvm.task.label': label }
}

function linksOf({ labels, known }: TracedRun, { awaits }: PlacedTask): Link[] {
  return awaits.flatMap(place => {
    const context = known.get(labels[place] ?? '')
    return context ? [{ context }] : []
  })
}

function contextOf(traceParent: unknown): Context {
  const parent = typeof traceParent === 'string' ? parseTraceParent(traceParent) : undefined
  if (!parent) return ROOT_CONTEXT
  const { traceId, spanId, isSampled } = parent
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}
