import { processors } from '#thread'
import { error, ok, type Result } from '@ipvm/ipld'
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
import type { MissingFile, RunFailure } from '../sandbox/failure.ts'
import { failed, returned, unknownFunction } from '../sandbox/outcome.ts'
import type { ModuleSource, Run, RunOutcome, RunReport, RunRequest } from '../sandbox/run.ts'
import { cancelled, hostFailure, missingFile } from './failures.ts'
import type { ProgramCache } from './program-cache.ts'
import { FunctionNames } from './function-names.ts'
import { Programs } from './programs.ts'
import { Threads, type Job } from './threads.ts'
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

/** A function that was found in its module. */
interface Found {
  readonly name: string
  readonly type: FunctionType
}

/**
 * Threads that run functions of components: one task at a time each, every task in a fresh instance, never in the
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

  constructor({ workers = processors(), cache }: PoolOptions) {
    this.#threads = new Threads(Math.max(1, workers))
    this.#programs = new Programs(this.#threads, cache)
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
    const { signal } = request
    if (signal?.aborted) return failure(cancelled())
    const program = await unlessAborted(this.#programs.get(request.module), signal)
    if (!program) return failure(cancelled())
    if ('error' in program) return failure(program.error)
    const found = resolveExport(program.ok.functions, request.fun)
    if (!found) return failure(unknownFunction(functionsOf(program.ok), request.fun))
    const reply = await this.#threads.ask(() => jobOf(program.ok, found, request))
    if ('error' in reply) return failure(reply.error)
    if (reply.ok.kind !== 'ran') return failure(hostFailure(`the worker answered ${reply.ok.kind}`))
    const { result, usage, log, stack } = reply.ok.invoked
    const outcome = 'error' in result ? failed(result.error) : returned(found.type, result.ok)
    const named = stack.length > 0 && { stack: await this.#names.of(stack, request.module, program.ok.linkage) }
    return { outcome, report: { ...usage, log, time: reply.ok.milliseconds, ...named } }
  }

  /** Ends all threads; runs under way end as cancelled, and what is on its way to the cache arrives there. */
  async close(): Promise<void> {
    await this.#threads.close()
    await this.#programs.kept()
  }
}

async function jobOf(program: Program, found: Found, request: RunRequest): Promise<Result<Job, RunFailure>> {
  const { module, seed, signal } = request
  const { time, ...quotas } = request.limits
  const loaded = await unlessAborted(loadArguments(found, request), signal)
  if (!loaded) return error(cancelled())
  if ('error' in loaded) return loaded
  const args = loaded.ok.map(owned)
  const key = module.cid.toString()
  const invocation = { fun: found.name, args, quotas, seed }
  return ok({
    request: worker => {
      const known = worker.has(key)
      worker.keep(key)
      return { kind: 'run', key, program: known ? undefined : program, invocation }
    },
    transfer: args.flatMap(arg => buffersOf(arg)),
    time,
    signal,
  })
}

async function loadArguments(
  { name, type }: Found,
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

/** A run that did not come to run, or of which nothing is left. */
function failure(error: RunFailure): Run {
  return { outcome: failed(error) }
}
