import { CID, cidKey, error, ok, setKey, type Result, type Value } from '@ipvm/ipld'
import type { Pending, Refusal } from '@ipvm/network'
import { plainLabel, runCommand, runOf, type EndedRun, type RunStop, type Started } from '@ipvm/runtime'
import type { RunRecord } from '@ipvm/store'
import { noNonce, promisesIn, readReceipt, taskName, type Invocation, type Receipt } from '@ipvm/ucan'
import { receiptsAnsweredMax } from '../limits.ts'
import type { ServiceContext } from '../context.ts'
import type { Admission } from '../admission/admission.ts'
import type { Handler, IncomingInvocation, Reply } from './handler.ts'
import { refused } from './refusal.ts'
import { valuesOf } from './values.ts'
import { waited } from './waited.ts'

/** A receipt, and what it says where it was read already. */
type Told = Pick<Receipt, 'cid' | 'bytes'> & Partial<Receipt>

/** A run of which nothing more goes on, as its asker is told of it. */
interface Stopped {
  readonly run: CID
  readonly end: RunStop
  /** By label, in the order in which they were settled; those that are secret left out. */
  readonly receipts: ReadonlyMap<string, Told>
}

type Answered = Promise<Result<Reply, Refusal>>

/** Answers `/workflow/run`, and any other command that the runtime has, which is a run of one task (ADR 99). */
export class RunHandler implements Handler {
  readonly #context: ServiceContext
  readonly #admission: Admission
  /** Receipts that came along with bodies. */
  readonly #heard = new WeakMap<IncomingInvocation['receipts'], Promise<void>>()
  /** Runs that somebody has asked for again, and waits for. */
  readonly #followed = new Map<string, Promise<EndedRun>>()

  constructor(context: ServiceContext, admission: Admission) {
    this.#context = context
    this.#admission = admission
  }

  async answer(asked: IncomingInvocation): Answered {
    const { invocation, judged, wait, receipts, brought, isLate = false } = asked
    const runtime = this.#context.runtime()
    await this.#hear(receipts, brought)
    const known = await runtime.known(judged)
    if (known) return ok({ receipts: [known.bytes], blocks: await valuesOf([known], this.#context, asked.room) })
    const run = runOf(invocation)
    const busy = this.#admission.busy()
    const before = busy || isLate ? await this.#context.store.run(run) : undefined
    if (before) return this.#again(before, asked)
    if (busy) return error(busy)
    if (isLate) return refused(gone)
    const started = await runtime.start(judged, { canWait: wait > 0, isUnknown: true })
    if ('ok' in started) return this.#started(started.ok, asked)
    const same = started.error.name === 'Replayed' ? await this.#context.store.run(run) : undefined
    return same ? this.#again(same, asked) : refused(started.error)
  }

  /** What came along with a body is heard once, however many invocations that has. */
  #hear(receipts: IncomingInvocation['receipts'], brought: IncomingInvocation['brought']): Promise<void> | undefined {
    if (receipts.length === 0) return undefined
    const hearing = this.#heard.get(receipts) ?? this.#context.runtime().hear(receipts, brought)
    this.#heard.set(receipts, hearing)
    return hearing
  }

  async #started({ ended, journaled, run }: Started, asked: IncomingInvocation): Answered {
    const stopped = await waited(this.#context.world, asked, ended)
    if (stopped) return this.#told(await this.#stopped(stopped), asked)
    // Whoever is told that it is accepted may rely on it.
    await journaled
    return ok({ pending: [this.#pending(asked, run)] })
  }

  /** The same bytes once more: nothing runs for that. */
  async #again(record: RunRecord, asked: IncomingInvocation): Answered {
    if (record.end !== undefined) return this.#told(await this.#ofRecord(record, record.end), asked)
    const ended = asked.wait > 0 ? this.#ended(record.run) : undefined
    const stopped = ended && (await waited(this.#context.world, asked, ended))
    if (stopped) return this.#told(await this.#stopped(stopped), asked)
    const now = (await this.#context.store.run(record.run)) ?? record
    const [last] = await this.#context.store.journal(now.run, now.seq - 1)
    if (last?.event.type === 'parked') return this.#told(await this.#ofRecord(now, 'unknown'), asked)
    return ok({ pending: [this.#pending(asked, record.run)] })
  }

  /** The end of a run, followed once for all who wait: where another process runs it, following takes looking again and again. */
  #ended(run: CID): Promise<EndedRun> {
    const key = cidKey(run)
    const known = this.#followed.get(key)
    if (known) return known
    const ended = this.#context.runtime().ended(run)
    const forget = () => this.#followed.delete(key)
    ended.then(forget, forget)
    this.#followed.set(key, ended)
    return ended
  }

  #pending({ invocation }: IncomingInvocation, run: CID): Pending {
    if (invocation.cmd !== runCommand) return { kind: 'receipt', cid: invocation.task }
    const { workflow } = invocation.args
    return { kind: 'workflow', cid: workflow instanceof CID ? workflow : run }
  }

  async #stopped({ run, end, tasks }: EndedRun): Promise<Stopped> {
    const shown = [...tasks.values()].filter(({ secret }) => secret !== true)
    return { run, end, receipts: new Map(shown.map(({ label, receipt }) => [label, receipt])) }
  }

  async #ofRecord({ run, settled }: RunRecord, end: RunStop): Promise<Stopped> {
    const { store } = this.#context
    const receipts = new Map<string, Told>()
    for (const { label, receipt: cid } of settled) {
      const bytes = (await store.isSecret(cid)) ? undefined : await store.block(cid)
      if (bytes) receipts.set(label, { cid, bytes })
    }
    return { run, end, receipts }
  }

  async #told(stopped: Stopped, asked: IncomingInvocation): Answered {
    const { end, receipts, run } = stopped
    if (end === 'halted' || end === 'suspended') return ok({ pending: [this.#pending(asked, run)] })
    if (asked.invocation.cmd === runCommand) return this.#ofWorkflow(stopped, asked)
    const receipt = receipts.get(plainLabel)
    if (receipt) return this.#ofTask(receipt, asked)
    return refused(end === 'unknown' ? unknown : cancelled)
  }

  /**
   * The receipt of the task. Where that was there before under another name, which who asked cannot know, this node says
   * under the one that was asked for how it ended: any other receipt of it would do as well for whoever is in between (ADR 131).
   */
  async #ofTask(told: Told, asked: IncomingInvocation): Answered {
    const { invocation } = asked
    const reply = await this.#withValues([told], asked)
    const read = await receiptOf(told)
    if (!read || answers(read, invocation)) return ok(reply)
    return ok({ ...reply, out: read.out, exp: read.exp })
  }

  async #ofWorkflow({ run, end, receipts }: Stopped, asked: IncomingInvocation): Answered {
    const reply = await this.#withValues([...receipts.values()].slice(0, receiptsAnsweredMax), asked)
    const tasks: Record<string, Value> = {}
    for (const [label, { cid }] of receipts) setKey(tasks, label, cid)
    return ok({ ...reply, out: { ok: { run, end, tasks } } })
  }

  async #withValues(receipts: readonly Told[], { room }: IncomingInvocation): Promise<Reply> {
    const tokens = receipts.map(({ bytes }) => bytes)
    const read = receipts.map(({ bytes, iss, out }) => (iss && out ? { iss, out } : bytes))
    return { receipts: tokens, blocks: await valuesOf(read, this.#context, room) }
  }
}

/** What a receipt says; undefined where what is stored of it is none any more. */
async function receiptOf({ ran, as, out, exp, bytes }: Told): Promise<Named | undefined> {
  if (ran && out && exp !== undefined) return { ran, out, exp, ...(as && { as }) }
  const read = await readReceipt(bytes)
  return 'ok' in read ? read.ok : undefined
}

type Named = Pick<Receipt, 'ran' | 'as' | 'out' | 'exp'>

/** Whether a receipt shows by its names that it is of what an invocation asks for. */
function answers({ ran, as = ran }: Named, { task, cmd, args }: Invocation): boolean {
  if (ran.equals(task) || as.equals(task)) return true
  return promisesIn(args).length === 0 && as.equals(taskName({ cmd, args, nonce: noNonce }))
}

const unknown = {
  name: 'Unknown',
  message: 'nobody knows whether it was done, and a person has to say; it is not done again',
}

const gone = {
  name: 'Expired',
  message: 'the invocation has expired, and what came of it is not kept; sign another one',
}

const cancelled = { name: 'Cancelled', message: 'it was called off before it was done' }
