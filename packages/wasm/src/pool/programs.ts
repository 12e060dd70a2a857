import { error, ok, type Result } from '@ipvm/ipld'
import type { Program } from '../component/program.ts'
import { preparedMax, prepareMillisecondsMax } from '../limits.ts'
import { profile } from '../profile.ts'
import type { RunFailure } from '../sandbox/failure.ts'
import type { ModuleSource } from '../sandbox/run.ts'
import { hostFailure, missingFile } from './failures.ts'
import type { WorkerRequest } from './message.ts'
import type { PooledWorker } from './pooled-worker.ts'
import type { ProgramCache } from './program-cache.ts'
import type { Threads } from './threads.ts'
import { moved } from './transfer.ts'

/** What rewriting gives may change while the profile stays: then this is raised, and what is in caches is not found. */
const writing = 2

/** Components ready to run: prepared once in a thread, or found in the cache of earlier processes. */
export class Programs {
  readonly #threads: Threads
  readonly #cache: ProgramCache | undefined
  /** Prepared modules by CID, the least recently used first. */
  readonly #programs = new Map<string, Promise<Result<Program, RunFailure>>>()

  /** What is on its way to the cache. */
  readonly #puts = new Set<Promise<void>>()

  constructor(threads: Threads, cache: ProgramCache | undefined) {
    this.#threads = threads
    this.#cache = cache
  }

  /** A component ready to run; also callers that come while it is being prepared wait for that one time. */
  get(module: ModuleSource): Promise<Result<Program, RunFailure>> {
    const key = module.cid.toString()
    const known = this.#programs.get(key)
    const program = known ?? this.#load(module, key)
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

  /** Resolves when nothing is on its way to the cache any more. */
  async kept(): Promise<void> {
    await Promise.all(this.#puts)
  }

  /** Nobody waits for the cache, and a cache that fails is none. */
  #keep(key: string, frozen: Uint8Array): void {
    const put = this.#cache?.put(cacheKey(key), frozen).catch(() => {})
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
    return (await this.#cached(key)) ?? this.#prepare(module, key)
  }

  /** What the cache has, compiled. Whatever is wrong with that, preparing the module itself puts it right. */
  async #cached(key: string): Promise<Result<Program, RunFailure> | undefined> {
    const frozen = await this.#cache?.get(cacheKey(key)).catch(() => undefined)
    if (!frozen) return undefined
    const program = await this.#ask(key, frozen, bytes => ({ kind: 'thaw', key, bytes }))
    return 'ok' in program ? program : undefined
  }

  async #prepare(module: ModuleSource, key: string): Promise<Result<Program, RunFailure>> {
    const bytes = await module.bytes()
    if ('error' in bytes) return error(missingFile(module.cid, bytes.error.message))
    const freeze = this.#cache !== undefined
    return this.#ask(key, bytes.ok, own => ({ kind: 'prepare', key, bytes: own, freeze }))
  }

  async #ask(
    key: string,
    bytes: Uint8Array,
    request: (own: Uint8Array<ArrayBuffer>) => WorkerRequest,
  ): Promise<Result<Program, RunFailure>> {
    let asked: PooledWorker | undefined
    const reply = await this.#threads.ask(async () => {
      const own = moved(bytes)
      return ok({
        request: worker => {
          asked = worker
          return request(own)
        },
        transfer: [own.buffer],
        time: prepareMillisecondsMax,
        signal: undefined,
      })
    })
    if ('error' in reply) return reply
    if (reply.ok.kind !== 'prepared') return error(hostFailure(`the worker answered ${reply.ok.kind}`))
    const { prepared, frozen } = reply.ok
    if (frozen) this.#keep(key, frozen)
    // Only now: a thread that could not make anything of the bytes has no module.
    if ('ok' in prepared) asked?.keep(key)
    return prepared
  }
}

function cacheKey(key: string): string {
  return `${profile} ${writing} ${key}`
}
