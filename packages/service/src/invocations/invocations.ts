import { error, ok, type Block, type Result } from '@ipvm/ipld'
import { writeContents, type Answer, type IncomingRequest, type Pending, type Refusal } from '@ipvm/network'
import { runOf, type Judged } from '@ipvm/runtime'
import { covers, issueReceipt, limits, type Invocation, type Outcome } from '@ipvm/ucan'
import type { ServiceContext } from '../context.ts'
import type { Admission } from '../admission/admission.ts'
import { answerBlocksBytesMax, answerSeconds } from '../limits.ts'
import { readRequest, type RequestContents } from './contents.ts'
import type { IncomingInvocation, Handler, Handlers, Reply, Room } from './handler.ts'
import { refusalOf } from './refusal.ts'

type Answered = Result<Reply, Refusal>

/** Answers what comes in: the invocations of a body, together. */
export class Invocations {
  readonly #context: ServiceContext
  readonly #admission: Admission
  readonly #handlers: Handlers
  /** Answers the commands that have no handler of their own. */
  readonly #runs: Handler

  constructor(context: ServiceContext, admission: Admission, handlers: Handlers, runs: Handler) {
    this.#context = context
    this.#admission = admission
    this.#handlers = handlers
    this.#runs = runs
  }

  /** Answers a request. It throws only for our own bugs and faults of the disk. */
  async answer(request: IncomingRequest): Promise<Result<Answer, Refusal>> {
    const shunned = this.#admission.shuns(request.from.name)
    if (shunned) return error(shunned)
    const contents = await readRequest(request, this.#context.signer.did, this.#context.verified)
    if ('error' in contents) {
      this.#admission.refused(request.from.name)
      return contents
    }
    const { invocations } = contents.ok
    const room = { left: answerBlocksBytesMax }
    const [only, ...others] = invocations
    // Nearly every body asks for one thing.
    if (only && others.length === 0) {
      const answered = await this.#one(only, contents.ok, request, room)
      return 'error' in answered ? answered : ok(await answerOf([await this.#signed(answered, only)]))
    }
    const answered = await Promise.all(invocations.map(one => this.#one(one, contents.ok, request, room)))
    const firstRefusal = answered.find(result => 'error' in result)
    if (firstRefusal && answered.every(result => 'error' in result)) return firstRefusal
    const replies = await Promise.all(answered.map((result, at) => this.#signed(result, invocations[at])))
    return ok(await answerOf(replies))
  }

  async #one(
    invocation: Invocation,
    contents: RequestContents,
    request: IncomingRequest,
    room: Room,
  ): Promise<Answered> {
    const { from, wait, signal } = request
    const { brought, receipts } = contents
    const handler = this.#handlers.get(invocation.cmd) ?? this.#runs
    const judged = await this.#judged(invocation, contents, handler)
    if ('error' in judged) {
      this.#admission.refused(from.name)
      return judged
    }
    const isOpen = this.#context.open.some(one => covers(one, invocation.cmd))
    const standing = handler.provesItself ? 'unproven' : isOpen ? 'open' : 'agent'
    const entered = this.#admission.enter(invocation.iss, from.name, standing)
    if ('error' in entered) return entered
    try {
      const asked: IncomingInvocation = { invocation, ...judged.ok, brought, receipts, room, from, wait, signal }
      const answered = await handler.answer(asked)
      if ('error' in answered && answered.error.name === 'Refused') this.#admission.refused(from.name)
      return answered
    } finally {
      entered.ok()
    }
  }

  async #judged(
    invocation: Invocation,
    { brought }: RequestContents,
    handler: Handler,
  ): Promise<Result<Pick<IncomingInvocation, 'judged' | 'isLate'>, Refusal>> {
    const unproven: Judged = { invocation, proofs: [] }
    if (handler.provesItself) return ok({ judged: unproven })
    const judged = await this.#context.runtime().judge(invocation, brought)
    if ('ok' in judged) return ok({ judged: judged.ok })
    const { name } = judged.error
    // What was accepted in its time may be asked for later: these are the very bytes, and nothing runs for them.
    const isLate = name === 'Expired' && !('proof' in judged.error && judged.error.proof !== undefined)
    if (isLate && (await this.#context.store.run(runOf(invocation)))) return ok({ judged: unproven, isLate })
    return error(refusalOf(judged.error))
  }

  /** A reply whose outcome, where it has one, is a signed receipt. */
  async #signed(answered: Answered, invocation: Invocation | undefined): Promise<Reply> {
    const out = outcomeOf(answered)
    const reply = 'ok' in answered ? answered.ok : {}
    if (!out || !invocation) return reply
    const { signer, world } = this.#context
    const { exp = world.now() + answerSeconds } = reply
    // Why this invocation was refused is no word about its task, which somebody else may have asked for by the same name.
    const ran = 'error' in answered ? invocation.envelope.cid : invocation.task
    const receipt = await issueReceipt({ ran, out, exp }, signer)
    return { ...reply, receipts: [receipt.bytes, ...(reply.receipts ?? [])] }
  }
}

/** What is signed for an invocation: how it ended, or why it was refused where others beside it were not. */
function outcomeOf(answered: Answered): Outcome | undefined {
  if ('ok' in answered) return answered.ok.out
  const { name, reason, message } = answered.error
  return { error: { name: reason?.name ?? name, message } }
}

async function answerOf(replies: readonly Reply[]): Promise<Answer> {
  // Those that have no room are asked for by name.
  const receipts = replies.flatMap(reply => reply.receipts ?? []).slice(0, limits.containerTokensMax)
  const blocks = uniqueBlocks(replies.flatMap(reply => reply.blocks ?? []))
  const pending: readonly Pending[] = replies.flatMap(reply => reply.pending ?? [])
  const body = await writeContents(receipts, blocks)
  return pending.length > 0 ? { ...body, pending } : body
}

function uniqueBlocks(blocks: readonly Block[]): readonly Block[] {
  if (blocks.length < 2) return blocks
  return [...new Map(blocks.map(block => [block.cid.toString(), block])).values()]
}
