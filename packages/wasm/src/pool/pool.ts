import { processors } from '#thread'
import { cidKey, error, ok, type CID, type Result } from '@ipvm/ipld'
import { linkedFiles, paramsToWit, resolveExport, type ExportedFunction, type ModuleFunctions } from '@ipvm/wit'
import { functionsOf, type Program } from '../component/program.ts'
import { durationWeight, loadedPerThread } from '../limits.ts'
import type { MissingFile, RunFailure } from '../sandbox/failure.ts'
import { failed, returned, unknownFunction } from '../sandbox/outcome.ts'
import type { ModuleSource, Run, RunOutcome, RunReport, RunRequest } from '../sandbox/run.ts'
import { cancelled, hostFailure, missingFile } from './failures.ts'
import type { ProgramCache } from './program-cache.ts'
import { FunctionNames } from './function-names.ts'
import type { Job } from './job.ts'
import type { WorkerReply } from './message.ts'
import { Programs } from './programs.ts'
import { Places } from './places.ts'
import { Threads } from './threads.ts'
import { buffersOf, owned } from './transfer.ts'
import { unlessAborted } from './unless-aborted.ts'

export type { ModuleSource, ProgramCache, Run, RunOutcome, RunReport, RunRequest }

/** A pool of threads that run functions; none is started yet. */
export function createPool(options: PoolOptions = {}): WasmPool {
  return new WasmPool(options)
}

/** How a pool is set up. */
export interface PoolOptions {
  /** How many threads it may have; by default one per processor. */
  readonly workers?: number
  /** Where rewritten components are kept beyond this process; nowhere, where not given. */
  readonly cache?: ProgramCache
}

/** A run whose module and function were found. */
interface Call {
  readonly program: Program
  readonly found: ExportedFunction
  readonly request: RunRequest
}

/**
 * Threads that run functions of components: one task after the other each, every task in a fresh instance, never in the
 * caller's thread. A thread starts when it is needed or when {@link WasmPool.warm} is called; one that runs out of time,
 * is cancelled or breaks is ended and replaced. Idle threads do not keep the process alive. In a browser the threads are
 * Web Workers.
 *
 * @example
 * const pool = createPool()
 * const outcome = await pool.run({ module, fun: 'add-one', params: [41], limits, seed, loadFile })
 * await pool.close()
 */
export class WasmPool {
  readonly #threads: Threads
  readonly #programs: Programs
  readonly #names = new FunctionNames()
  /** What waits in line for its files takes no memory. */
  readonly #loading: Places
  /** How long functions ran lately, milliseconds. */
  readonly #durations = new WeakMap<ExportedFunction, number>()

  constructor({ workers = processors(), cache }: PoolOptions) {
    const count = Math.max(1, workers)
    this.#threads = new Threads(count)
    this.#programs = new Programs(this.#threads, cache)
    this.#loading = new Places(loadedPerThread * count)
  }

  /** Starts threads ahead of the first run, which then does not wait for one: about 50 ms. */
  warm(count = 1): void {
    this.#threads.warm(count)
  }

  /** The functions of a component or core module, with their types. */
  async functions(module: ModuleSource): Promise<Result<ModuleFunctions, RunFailure>> {
    const program = await this.#programs.get(module)
    return 'error' in program ? program : ok(functionsOf(program.ok))
  }

  /**
   * Runs one function to its end, in a fresh instance. Never throws for what a guest, its module or its arguments do:
   * that is an outcome. Links where bytes are wanted are loaded first.
   */
  async run(request: RunRequest): Promise<Run> {
    const { signal, module, fun, params } = request
    if (signal?.aborted) return failure(cancelled())
    const known = this.#programs.get(module)
    const program = known instanceof Promise ? await unlessAborted(known, signal) : known
    if (!program) return failure(cancelled())
    if ('error' in program) return failure(program.error)
    const found = resolveExport(program.ok.functions, fun)
    if (!found) return failure(unknownFunction(functionsOf(program.ok), fun))
    const call = { program: program.ok, found, request }
    const types = found.type.params.map(({ type }) => type)
    const files = types.length === params.length ? linkedFiles(types, params) : []
    const reply =
      files.length === 0
        ? await this.#threads.ask(() => this.#job(call, ok(new Map())))
        : await this.#loading.hold(signal, () => this.#threads.ask(() => this.#loadedJob(call, files)))
    if (!reply) return failure(cancelled())
    if ('error' in reply) return failure(reply.error)
    if (reply.ok.kind !== 'ran') return failure(hostFailure(`the worker answered ${reply.ok.kind}`))
    return this.#ended(call, reply.ok)
  }

  /** Ends all threads; runs under way end as cancelled, and what is on its way to the cache arrives there. */
  async close(): Promise<void> {
    await this.#threads.close()
    await this.#programs.kept()
  }

  async #loadedJob(call: Call, files: readonly CID[]): Promise<Result<Job, RunFailure>> {
    const { signal } = call.request
    const contents = await unlessAborted(load(files, call.request), signal)
    return contents ? this.#job(call, contents) : error(cancelled())
  }

  #job({ program, found, request }: Call, contents: Contents): Result<Job, RunFailure> {
    if ('error' in contents) return contents
    const { module, seed, signal, params } = request
    const { time, ...quotas } = request.limits
    const converted = paramsToWit(found.name, found.type, params, cid => contents.ok.get(cid.toString()))
    if ('error' in converted) return converted
    const args = converted.ok.map(owned)
    const key = cidKey(module.cid)
    const invocation = { fun: found.name, args, quotas, seed }
    return ok({
      key,
      request: (worker, number) => {
        const known = worker.has(key)
        worker.keep(key)
        return { kind: 'run', number, key, program: known ? undefined : program, invocation }
      },
      transfer: args.flatMap(arg => buffersOf(arg)),
      time,
      signal,
      expected: this.#durations.get(found) ?? Number.POSITIVE_INFINITY,
    })
  }

  async #ended({ program, found, request }: Call, { invoked, milliseconds }: Ran): Promise<Run> {
    const { result, usage, log, stack } = invoked
    const before = this.#durations.get(found) ?? milliseconds
    this.#durations.set(found, before + (milliseconds - before) * durationWeight)
    const outcome = 'error' in result ? failed(result.error) : returned(found.type, result.ok)
    const report = { ...usage, log, time: milliseconds }
    if (stack.length === 0) return { outcome, report }
    return { outcome, report: { ...report, stack: await this.#names.of(stack, request.module, program.linkage) } }
  }
}

/** The content of files by name, or the one that could not be had. */
type Contents = Result<ReadonlyMap<string, Uint8Array>, MissingFile>

type Ran = WorkerReply & { kind: 'ran' }

async function load(files: readonly CID[], { loadFile }: RunRequest): Promise<Contents> {
  const contents = new Map<string, Uint8Array>()
  for (const cid of files) {
    const content = await loadFile(cid)
    if ('error' in content) return error(missingFile(cid, content.error.message))
    contents.set(cid.toString(), content.ok)
  }
  return ok(contents)
}

/** A run that did not come to run, or of which nothing is left. */
function failure(error: RunFailure): Run {
  return { outcome: failed(error) }
}
