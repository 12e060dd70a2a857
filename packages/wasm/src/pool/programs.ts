import { cidKey, error, ok, type Result } from '@ipvm/ipld'
import type { Program } from '../component/program.ts'
import { preparedMax, prepareMillisecondsMax } from '../limits.ts'
import { profile } from '../profile.ts'
import type { RunFailure } from '../sandbox/failure.ts'
import type { ModuleSource } from '../sandbox/run.ts'
import { hostFailure, missingFile } from './failures.ts'
import type { WorkerJob } from './message.ts'
import type { ProgramCache } from './program-cache.ts'
import type { Threads } from './threads.ts'
import { moved } from './transfer.ts'

/** What rewriting gives may change while the profile stays: then this is raised, and what is in caches is not found. */
const writing = 2

/** A component, or why there is none; later where it is being prepared. */
type Known = Result<Program, RunFailure> | Promise<Result<Program, RunFailure>>

/** Components ready to run: prepared once in a thread, or found in the cache of earlier processes. */
export class Programs {
  readonly #threads: Threads
  readonly #cache: ProgramCache | undefined
  /** Prepared modules by the key of their CID, the least recently used first. */
  readonly #programs = new Map<string, Known>()

  /** What is on its way to the cache. */
  readonly #puts = new Set<Promise<void>>()

  constructor(threads: Threads, cache: ProgramCache | undefined) {
    this.#threads = threads
    this.#cache = cache
  }

  /** A component ready to run, at once where it is; also callers that come while it is being prepared wait for that one time. */
  get(module: ModuleSource): Known {
    const key = cidKey(module.cid)
    const known = this.#programs.get(key)
    if (known) {
      this.#programs.delete(key)
      this.#programs.set(key, known)
      return known
    }
    const loading = this.#load(module, key)
    this.#programs.set(key, loading)
    const [oldest] = this.#programs.keys()
    if (oldest !== undefined && this.#programs.size > preparedMax) this.#forget(oldest)
    const settle = (result?: Result<Program, RunFailure>): void => {
      if (this.#programs.get(key) !== loading) return
      // A module that is refused is refused again soon enough, and a host that failed may do better.
      if (result && 'ok' in result) this.#programs.set(key, result)
      else this.#programs.delete(key)
    }
    loading.then(settle, () => settle())
    return loading
  }

  /** Resolves when nothing is on its way to the cache any more. */
  async kept(): Promise<void> {
    await Promise.all(this.#puts)
  }

  /** Nobody waits for the cache, and a cache that fails is none. */
  #keep(module: ModuleSource, frozen: Uint8Array): void {
    const put = this.#cache?.put(cacheKey(module), frozen).catch(() => {})
    if (!put) return
    this.#puts.add(put)
    void put.then(() => this.#puts.delete(put))
  }

  #forget(key: string): void {
    this.#programs.delete(key)
    this.#threads.forget(key)
  }

  async #load(module: ModuleSource, key: string): Promise<Result<Program, RunFailure>> {
    this.#threads.warm(1)
    return (await this.#cached(module, key)) ?? this.#prepare(module, key)
  }

  /** What the cache has, compiled. Whatever is wrong with that, preparing the module itself puts it right. */
  async #cached(module: ModuleSource, key: string): Promise<Result<Program, RunFailure> | undefined> {
    const frozen = await this.#cache?.get(cacheKey(module)).catch(() => undefined)
    if (!frozen) return undefined
    const program = await this.#ask(module, frozen, (bytes, number) => ({ kind: 'thaw', number, key, bytes }))
    return 'ok' in program ? program : undefined
  }

  async #prepare(module: ModuleSource, key: string): Promise<Result<Program, RunFailure>> {
    const bytes = await module.bytes()
    if ('error' in bytes) return error(missingFile(module.cid, bytes.error.message))
    const freeze = this.#cache !== undefined
    return this.#ask(module, bytes.ok, (own, number) => ({ kind: 'prepare', number, key, bytes: own, freeze }))
  }

  async #ask(
    module: ModuleSource,
    bytes: Uint8Array,
    request: (own: Uint8Array<ArrayBuffer>, number: number) => WorkerJob,
  ): Promise<Result<Program, RunFailure>> {
    const reply = await this.#threads.ask(() => {
      const own = moved(bytes)
      return ok({
        key: cidKey(module.cid),
        request: (_, number) => request(own, number),
        transfer: [own.buffer],
        time: prepareMillisecondsMax,
        signal: undefined,
        expected: Number.POSITIVE_INFINITY,
      })
    })
    if ('error' in reply) return reply
    if (reply.ok.kind !== 'prepared') return error(hostFailure(`the worker answered ${reply.ok.kind}`))
    const { prepared, frozen } = reply.ok
    if (frozen) this.#keep(module, frozen)
    return prepared
  }
}

function cacheKey({ cid }: ModuleSource): string {
  return `${profile} ${writing} ${cid}`
}
