import { availableParallelism } from 'node:os'
import { error, ok, type CID, type Result } from '@ipvm/ipld'
import {
  linkedFiles,
  paramsToWit,
  resolveExport,
  type FunctionType,
  type ModuleFunctions,
  type TypeMismatch,
  type WitValue,
} from '@ipvm/wit'
import { paramTypes } from '../abi/call.ts'
import { functionsOf, type Program } from '../component/program.ts'
import { preparedMax, prepareMillisecondsMax } from '../limits.ts'
import type { Cancelled, HostFailure, MissingFile, RunFailure, TimeLimit } from '../sandbox/failure.ts'
import { failed, returned, unknownFunction } from '../sandbox/outcome.ts'
import type { ModuleSource, Run, RunOutcome, RunReport, RunRequest } from '../sandbox/run.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'
import { PooledWorker } from './pooled-worker.ts'
import { buffersOf, owned } from './transfer.ts'

export type { ModuleSource, Run, RunOutcome, RunReport, RunRequest }

/** A pool of threads that run functions; none is started yet. */
export function createPool(options: PoolOptions = {}): WasmPool {
  return new WasmPool(options)
}

/** How many threads a pool may have; by default one per processor. */
export interface PoolOptions {
  readonly workers?: number
}

/** What a thread is asked, and when the asking ends without an answer. */
interface Job {
  readonly request: (worker: PooledWorker) => WorkerRequest
  readonly transfer: readonly ArrayBuffer[]
  readonly time: number
  readonly signal: AbortSignal | undefined
}

/**
 * Threads that run functions of components: one task at a time each, every task in a fresh instance, never in the
 * caller's thread. A thread starts when it is needed or when {@link WasmPool.warm} is called; one that runs out of time,
 * is cancelled or breaks is ended and replaced. Idle threads do not keep the process alive.
 *
 * @example
 * const pool = createPool()
 * const outcome = await pool.run({ module, fun: 'add-one', params: [41], limits, loadFile })
 * await pool.close()
 */
export class WasmPool {
  readonly #size: number
  readonly #workers = new Set<PooledWorker>()
  readonly #idle: PooledWorker[] = []
  readonly #waiting: ((worker: PooledWorker | undefined) => void)[] = []
  /** Prepared modules by CID, the least recently used first. */
  readonly #programs = new Map<string, Promise<Result<Program, RunFailure>>>()
  #closed = false

  constructor(options: PoolOptions) {
    this.#size = Math.max(1, options.workers ?? availableParallelism())
  }

  /** Starts threads ahead of the first run, which then does not wait for one: about 50 ms. */
  warm(count = 1): void {
    while (!this.#closed && this.#workers.size < Math.min(count, this.#size)) this.#idle.push(this.#start())
  }

  /** The functions of a component or core module, with their types. */
  async functions(module: ModuleSource): Promise<Result<ModuleFunctions, RunFailure>> {
    const program = await this.#program(module)
    return 'error' in program ? program : ok(functionsOf(program.ok))
  }

  /**
   * Runs one function to its end, in a fresh instance. Never throws for what a guest, its module or its arguments do:
   * that is an outcome. Links where bytes are wanted are loaded first.
   */
  async run(request: RunRequest): Promise<Run> {
    const { signal } = request
    if (signal?.aborted) return failure(cancelled())
    const program = await unlessAborted(this.#program(request.module), signal)
    if (!program) return failure(cancelled())
    if ('error' in program) return failure(program.error)
    const found = resolveExport(program.ok.functions, request.fun)
    if (!found) return failure(unknownFunction(functionsOf(program.ok), request.fun))
    const args = await unlessAborted(loadArguments(found, request), signal)
    if (!args) return failure(cancelled())
    if ('error' in args) return failure(args.error)
    return this.#invoke(program.ok, found, args.ok.map(owned), request)
  }

  /** Ends all threads; runs under way end as cancelled. */
  async close(): Promise<void> {
    this.#closed = true
    for (const resume of this.#waiting.splice(0)) resume(undefined)
    await Promise.all([...this.#workers].map(worker => worker.terminate(closed)))
  }

  async #invoke(
    program: Program,
    found: { readonly name: string; readonly type: FunctionType },
    args: readonly WitValue[],
    { module, limits, seed, signal }: RunRequest,
  ): Promise<Run> {
    const key = module.cid.toString()
    const { time, ...quotas } = limits
    const invocation = { fun: found.name, args, quotas, seed }
    const reply = await this.#ask({
      request: worker => {
        const known = worker.known.has(key)
        worker.known.add(key)
        return { kind: 'run', key, program: known ? undefined : program, invocation }
      },
      transfer: args.flatMap(arg => buffersOf(arg)),
      time,
      signal,
    })
    if ('error' in reply) return failure(reply.error)
    if (reply.ok.kind !== 'ran') return failure(hostFailure(`the worker answered ${reply.ok.kind}`))
    const { result, usage, log } = reply.ok.invoked
    const outcome = 'error' in result ? failed(result.error) : returned(found.type, result.ok)
    return { outcome, report: { ...usage, log, time: reply.ok.milliseconds } }
  }

  /** A component ready to run: prepared once, also for callers that come while it is being prepared. */
  #program(module: ModuleSource): Promise<Result<Program, RunFailure>> {
    const key = module.cid.toString()
    const known = this.#programs.get(key)
    const program = known ?? this.#prepare(module, key)
    this.#programs.delete(key)
    this.#programs.set(key, program)
    if (known) return program
    const [oldest] = this.#programs.keys()
    if (oldest !== undefined && this.#programs.size > preparedMax) this.#forget(oldest)
    // A module that is refused is refused again soon enough, and a host that failed may do better.
    const drop = (): boolean => this.#programs.get(key) === program && this.#programs.delete(key)
    void program.then(result => 'error' in result && drop(), drop)
    return program
  }

  #forget(key: string): void {
    this.#programs.delete(key)
    for (const worker of this.#workers) worker.forget(key)
  }

  async #prepare(module: ModuleSource, key: string): Promise<Result<Program, RunFailure>> {
    this.warm()
    const bytes = await module.bytes()
    if ('error' in bytes) return error(missingFile(module.cid, bytes.error.message))
    const own = bytes.ok.slice()
    const reply = await this.#ask({
      request: worker => {
        worker.known.add(key)
        return { kind: 'prepare', key, bytes: own }
      },
      transfer: [own.buffer],
      time: prepareMillisecondsMax,
      signal: undefined,
    })
    if ('error' in reply) return reply
    return reply.ok.kind === 'prepared' ? reply.ok.prepared : error(hostFailure(`the worker answered ${reply.ok.kind}`))
  }

  /** Has a thread do one job; a thread that does not answer in time, or for a caller who gave up, is ended. */
  async #ask(job: Job): Promise<Result<WorkerReply, RunFailure>> {
    const { signal, time } = job
    const worker = await this.#take(signal)
    if (!worker) return error(cancelled())
    worker.hold(true)
    const started = await unlessAborted(worker.ready, signal)
    if (started?.kind !== 'ready') {
      if (started?.kind === 'gone') return error(hostFailure(`a worker could not start: ${started.reason}`))
      this.#give(worker)
      return error(cancelled())
    }
    let stopped: TimeLimit | Cancelled | undefined
    const stop = (failure: TimeLimit | Cancelled): void => {
      stopped ??= failure
      void worker.terminate(failure.message)
    }
    const timer = setTimeout(() => stop(timeLimit(time)), Math.min(time, 2 ** 31 - 1))
    const onAbort = (): void => stop(cancelled())
    signal?.addEventListener('abort', onAbort, { once: true })
    const reply = await worker.ask(job.request(worker), job.transfer)
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    if (reply.kind === 'gone') return error(stopped ?? gone(reply.reason))
    this.#give(worker)
    return reply.kind === 'broke' ? error(hostFailure(`the worker broke: ${reply.message}`)) : ok(reply)
  }

  /** An idle thread, a new one, or the next that becomes idle; `undefined` for a caller who gave up. */
  async #take(signal: AbortSignal | undefined): Promise<PooledWorker | undefined> {
    if (this.#closed || signal?.aborted) return undefined
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#workers.size < this.#size) return this.#start()
    return new Promise(resolve => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(resume), 1)
        resolve(undefined)
      }
      const resume = (worker: PooledWorker | undefined): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve(worker)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(resume)
    })
  }

  #give(worker: PooledWorker): void {
    const next = this.#waiting.shift()
    if (next) {
      next(worker)
      return
    }
    worker.hold(false)
    this.#idle.push(worker)
  }

  #start(): PooledWorker {
    const worker = new PooledWorker(lost => this.#lose(lost))
    this.#workers.add(worker)
    return worker
  }

  /** A lost thread is replaced at once where someone waits for one. */
  #lose(worker: PooledWorker): void {
    this.#workers.delete(worker)
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#closed) return
    const next = this.#waiting.shift()
    if (next) next(this.#start())
    else if (at < 0) this.#idle.push(this.#start())
  }
}

async function loadArguments(
  { name, type }: { readonly name: string; readonly type: FunctionType },
  { params, loadFile }: RunRequest,
): Promise<Result<WitValue[], TypeMismatch | MissingFile>> {
  const contents = new Map<string, Uint8Array>()
  if (params.length === type.params.length) {
    for (const cid of linkedFiles(paramTypes(type), params)) {
      const content = await loadFile(cid)
      if ('error' in content) return error(missingFile(cid, content.error.message))
      contents.set(cid.toString(), content.ok)
    }
  }
  return paramsToWit(name, type, params, cid => contents.get(cid.toString()))
}

/** A promise's value, or `undefined` as soon as the signal aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return promise
  if (signal.aborted) return undefined
  let onAbort = (): void => {}
  const aborted = new Promise<undefined>(resolve => {
    onAbort = () => resolve(undefined)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A run that did not come to run, or of which nothing is left. */
function failure(error: RunFailure): Run {
  return { outcome: failed(error) }
}

const closed = 'the pool was closed'

function gone(reason: string): Cancelled | HostFailure {
  return reason === closed ? cancelled(closed) : hostFailure(`the worker broke: ${reason}; run it again`)
}

function cancelled(reason = 'its caller gave it up'): Cancelled {
  return { name: 'Cancelled', message: `the run was cancelled: ${reason}` }
}

function timeLimit(limit: number): TimeLimit {
  const message = `the function ran longer than ${limit} ms; allow it more time, or give it less to do`
  return { name: 'TimeLimit', message, limit }
}

function hostFailure(message: string): HostFailure {
  return { name: 'HostFailure', message }
}

function missingFile(cid: CID, reason: string): MissingFile {
  return { name: 'MissingFile', message: `${cid} could not be had: ${reason}` }
}
