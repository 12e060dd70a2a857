import {
  error,
  ok,
  type Block,
  type CID,
  type Failure,
  type Result,
  type Unit,
  type Value,
  type ValueMap,
} from '@ipvm/ipld'
import { networkFailure, type NetworkFailure } from '@ipvm/network'
import type { Command } from '@ipvm/ucan/command'
import { decodeInvocation, type Invocation } from '@ipvm/ucan/invocation'
import type { Delegation } from '@ipvm/ucan/delegation'
import type { Receipt } from '@ipvm/ucan/receipt'
import { revokeName } from '@ipvm/ucan/revocation'
import { limits } from '@ipvm/ucan'
import { noNonce } from '@ipvm/ucan/task'
import type { Did } from '@ipvm/varsig'
import type { CompileFailure, ExportName } from '@ipvm/workflow'
import { lastWord } from './ask/accept.ts'
import { linked } from './ask/linked.ts'
import { proofsToRead } from './ask/proofs.ts'
import { requestOf, type Request } from './ask/request.ts'
import { settle, type Settled } from './ask/settle.ts'
import { getContent, getLinked, readValue } from './blocks/get.ts'
import { luggage, putFile, wholeFile } from './blocks/put.ts'
import type { AskFailure, ForeignReceipt } from './failure.ts'
import { invocationSeconds, outboxSeconds } from './limits.ts'
import type { Link } from './node/link.ts'
import type { Outbox } from './outbox/outbox.ts'
import { receiptsOf } from './receipts.ts'
import { compiledOf, type RunnableWorkflow } from './run/compiled.ts'
import type { RunNews } from './run/news.ts'
import { runResult, type RunResult } from './run/result.ts'
import { tell } from './run/telling.ts'
import { watch, type WatchOptions } from './run/watch.ts'

/** How something is asked of a node. */
export interface AskOptions {
  /** Ends the waiting; not what goes on at the node, nor what an outbox does. */
  readonly signal?: AbortSignal
  /** For how long the request holds, seconds: an hour; a week, where it goes through an outbox. */
  readonly seconds?: number
  /** What the app is told with the answer, where the request goes through an outbox. */
  readonly note?: Value
  /** Told when the node has taken the request on, and is not done yet. */
  readonly onPending?: () => void
}

/** How one task is asked for. */
export interface CallOptions extends AskOptions {
  /** Fresh where not given; a pure function needs none, and is then known by its name. */
  readonly nonce?: Uint8Array
  /** Whose resource it is about, where that is not the node's. */
  readonly sub?: Did
  /** What the node may lack of the files that the arguments link to. */
  readonly blocks?: readonly Block[]
}

/** How a workflow is run. */
export interface RunOptions extends AskOptions {
  /** Hears of what happens in the run, while it goes on. */
  readonly onEvent?: (news: RunNews) => void
}

/** Of what a client is made. */
export interface ClientParts {
  readonly link: Link
  /** Whose receipts count: the node's, and those of others by name. */
  readonly trusted: readonly Did[]
  readonly proofs: readonly Delegation[]
  readonly outbox: Outbox | undefined
  readonly exportName: ExportName | undefined
}

/** How something is asked, also by the client itself. */
interface Asking extends Omit<AskOptions, 'onPending'> {
  /** Whether somebody wants to hear of it as soon as the node has taken it on. */
  readonly isWatched?: boolean
  readonly onPending?: (invocation: Invocation) => void
}

const never = new AbortController().signal
const runCommand: Command = '/workflow/run'

/**
 * One node, asked over HTTP. Whatever it says is verified here: signatures of receipts, of whom and of what they are, and
 * the names of blocks.
 */
export class Client {
  readonly #parts: ClientParts

  constructor(parts: ClientParts) {
    this.#parts = parts
  }

  /** Whose node it is. Write it down: given as `did` the next time, no other node is taken for this one. */
  get did(): Did {
    return this.#parts.link.did
  }

  get address(): string {
    return this.#parts.link.address
  }

  /** Who asks. */
  get agent(): Did {
    return this.#parts.link.signer.did
  }

  /** How many requests of the outbox have not come to their end. */
  get waiting(): number {
    return this.#parts.outbox?.size ?? 0
  }

  /** Has one task done; bytes among the arguments that are large, and every module, go along as files. */
  async call(cmd: Command, args: ValueMap, options: CallOptions = {}): Promise<Result<Receipt, AskFailure>> {
    const files: Block[] = []
    const { nonce = cmd === '/wasm/run' ? noNonce : this.#random(), sub, blocks = [] } = options
    const about = sub === undefined ? {} : { sub }
    const settled = await this.#ask({ cmd, args: linked(args, files), nonce, ...about }, [...files, ...blocks], options)
    return 'error' in settled ? settled : ok(settled.ok.receipt)
  }

  /** Has one task done, and gives its value. Failures: also the task's own. */
  async result(cmd: Command, args: ValueMap, options: CallOptions = {}): Promise<Result<Value, Failure>> {
    const receipt = await this.call(cmd, args, options)
    return 'error' in receipt ? receipt : this.value(receipt.ok, options.signal)
  }

  /** Runs a workflow, as it is written or compiled; resolves when nothing more of it goes on. */
  async run(
    workflow: RunnableWorkflow,
    { onEvent, ...options }: RunOptions = {},
  ): Promise<Result<RunResult, AskFailure | CompileFailure>> {
    const { link, trusted, exportName } = this.#parts
    const compiled = await compiledOf(workflow, exportName)
    if ('error' in compiled) return compiled
    const { document, blocks } = compiled.ok
    const { signal = never } = options
    const told = onEvent && tell(link, trusted, onEvent, signal)
    const how = told ? { ...options, onPending: told.begin, isWatched: true } : options
    const ask = { cmd: runCommand, args: { workflow: document.cid }, nonce: this.#random() }
    const settled = await this.#ask(ask, [...blocks, document], how, this.#parts.proofs)
    const result = 'error' in settled ? settled : await runResult(link, document.cid, settled.ok, trusted, signal)
    await told?.end('ok' in result && result.ok.end !== 'unknown')
    return result
  }

  /**
   * What happens in a run, or in the newest run of a workflow, until it has ended, over lost connections.
   *
   * @throws StreamError where the node refuses
   */
  watch(run: CID, { signal = never, ...options }: WatchOptions = {}): AsyncIterable<RunNews> {
    return watch(this.#parts.link, run, this.#parts.trusted, { ...options, signal })
  }

  /** The receipt of a task that the node has; with `wait` (milliseconds) also of one that is under way. */
  async receipt(
    task: CID,
    { wait = 0, signal = never }: { readonly wait?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Result<Receipt | undefined, NetworkFailure | ForeignReceipt>> {
    const receipts = await receiptsOf(this.#parts.link, task, this.#parts.trusted, { wait, signal })
    return 'error' in receipts ? receipts : ok(lastWord(receipts.ok))
  }

  /** The value of a receipt, fetched where it is large; a value that is a file is its bytes. Failures: also the task's own. */
  value(receipt: Pick<Receipt, 'out'>, signal: AbortSignal = never): Promise<Result<Value, Failure>> {
    return readValue(this.#parts.link, receipt, signal)
  }

  /**
   * Brings a file to the node; its CID is what workflows call it by. Resolves when it is there; with an outbox it is
   * brought however long the node is away, and what is asked from now on waits for it.
   */
  put(bytes: Uint8Array, signal: AbortSignal = never): Promise<Result<CID, AskFailure>> {
    const { link, outbox } = this.#parts
    const file = wholeFile(bytes)
    if (outbox) return untilAborted(outbox.addFile(file), signal, link.address)
    return putFile(link, file, { signal, until: link.world.now() + invocationSeconds })
  }

  /** The bytes of a file, or of a block, all of them verified. */
  get(cid: CID, signal: AbortSignal = never): Promise<Result<Uint8Array, Failure>> {
    return getContent(this.#parts.link, cid, signal)
  }

  /** The blocks that the value of a receipt links to, for a store of one's own; all of them verified. */
  blocks({ out }: Pick<Receipt, 'out'>, signal: AbortSignal = never): Promise<Result<readonly Block[], Failure>> {
    return getLinked(this.#parts.link, 'ok' in out ? out.ok : out.error, signal)
  }

  /** Takes back a delegation that this agent has given, by its CID. */
  async revoke(delegation: CID, options: AskOptions = {}): Promise<Result<Unit, AskFailure>> {
    const revocation = await revokeName(delegation, this.#parts.link.signer)
    const invocation = decodeInvocation(revocation.bytes)
    if ('error' in invocation) throw new Error('a revocation that was signed here is an invocation')
    const request = await requestOf({ invocation: invocation.ok, tokens: [revocation.bytes] }, [])
    const settled = await this.#settle(request, options)
    return 'error' in settled ? settled : ok({})
  }

  /** Stops waiting for anything; an outbox keeps what has not come to its end. */
  close(): void {
    this.#parts.outbox?.close()
  }

  async #ask(
    ask: { readonly cmd: Command; readonly args: ValueMap; readonly nonce: Uint8Array; readonly sub?: Did },
    blocks: readonly Block[],
    options: Asking,
    along: readonly Delegation[] = [],
  ): Promise<Result<Settled, AskFailure>> {
    const { link, outbox } = this.#parts
    const { signal = never, seconds = outbox ? outboxSeconds : invocationSeconds } = options
    // What waits for a connection has to be whole.
    const until = link.world.now() + Math.ceil(seconds)
    const needed = outbox ? ok(blocks) : await luggage(link, blocks, { signal, until })
    if ('error' in needed) return needed
    const signed = await link.sign({ ...ask, exp: until })
    const reading = along.length > 0 ? along : proofsToRead(this.#parts.proofs, ask.args, needed.ok)
    return this.#settle(await requestOf(signed, needed.ok, reading), options)
  }

  #settle(
    request: Request,
    { signal = never, note = null, onPending, isWatched = false }: Asking,
  ): Promise<Result<Settled, AskFailure>> {
    const { link, trusted, outbox } = this.#parts
    if (outbox) return untilAborted(outbox.add(request, note, onPending), signal, link.address)
    return settle(link, request, trusted, { signal, isWatched, ...(onPending && { onPending }) })
  }

  #random(): Uint8Array {
    return this.#parts.link.world.random(limits.nonceBytes)
  }
}

/** What comes before nobody waits for it any more. */
async function untilAborted<T>(
  coming: Promise<Result<T, AskFailure>>,
  signal: AbortSignal,
  address: string,
): Promise<Result<T, AskFailure>> {
  const aborted = Promise.withResolvers<Result<never, NetworkFailure>>()
  const abort = () => aborted.resolve(error(networkFailure('Aborted', address)))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([coming, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
