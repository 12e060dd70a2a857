import { availableParallelism } from 'node:os'
import {
  fileBlocks,
  ok,
  readBlock,
  readFile,
  type CID,
  type Failure,
  type Result,
  type Value,
  type GetBlock,
} from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import { openSqliteStore } from '@ipvm/store/sqlite'
import {
  runCommand,
  Runtime,
  type EndedRun,
  type PureCommand,
  type SubmitFailure,
  type SubmitOptions,
} from '@ipvm/runtime'
import { invoke } from '@ipvm/ucan'
import type { Did, Signer } from '@ipvm/varsig'
import { compile, type CompileFailure } from '@ipvm/workflow'
import type { WasmPool } from '@ipvm/wasm/pool'
import { linkModule, moduleFunctions, resolveExport, type ModuleFunctions } from '@ipvm/wit'
import type { Home } from './home.ts'
import { knownModulesMax, ownInvocationSeconds } from './limits.ts'
import { Names } from './names/names.ts'
import { fileProgramCache } from './program-cache.ts'
import { rerun, type Rerun } from './rerun.ts'
import { wasmCommand, wasmRun } from './wasm-run.ts'
import { realWorld } from './world.ts'

const none: GetBlock = async () => undefined

/** How a node is set up. */
export interface NodeOptions {
  /** How many guests run at once; as many as the machine has cores, where not given. */
  readonly workers?: number
  /** Told of a stored receipt that did not verify; its task runs again. */
  readonly onDoubt?: (receipt: CID, problem: string) => void
}

/** One node: a key, a store, and what runs workflows. */
export class IpvmNode {
  readonly did: Did
  readonly store: Store
  /** The names that this node gives to modules, and those that it knows. */
  readonly names: Names
  readonly #signer: Signer
  readonly #runtime: Runtime
  readonly #wasmRun: PureCommand
  readonly #workers: number
  readonly #home: Home
  /** By module; every task of a workflow asks for them, to be named by the function's exact name. */
  readonly #functions = new Map<string, ModuleFunctions>()
  #pool: Promise<WasmPool> | undefined

  /** @throws StoreError when the store cannot be opened */
  constructor(home: Home, signer: Signer, options: NodeOptions = {}) {
    this.did = signer.did
    this.store = openSqliteStore(home.store)
    this.names = new Names(this.store, signer)
    this.#signer = signer
    this.#home = home
    this.#workers = options.workers ?? availableParallelism()
    this.#wasmRun = wasmRun(this.#workers, () => this.#startPool())
    const { onDoubt } = options
    this.#runtime = new Runtime({
      store: this.store,
      signer,
      world: realWorld,
      commands: { [wasmCommand]: this.#wasmRun },
      ...(onDoubt && { onDoubt }),
    })
  }

  /** Starts a thread for guests ahead of the first task, which then does not wait for it. */
  async warm(): Promise<void> {
    const pool = await this.#startPool()
    pool.warm()
  }

  /** Stores a file; its CID is what workflows call it by. */
  async put(bytes: Uint8Array): Promise<CID> {
    const { root, blocks } = fileBlocks(bytes)
    await this.store.commit({ blocks })
    return root
  }

  /** The content of a file, every block verified. */
  readonly file = (cid: CID): Promise<Result<Uint8Array, Failure>> => readFile(cid, c => this.store.block(c))

  /** The bytes of one block, verified. */
  readonly block = (cid: CID): Promise<Result<Uint8Array, Failure>> => readBlock(cid, c => this.store.block(c))

  /** The functions of a component or core module, stored or brought along, with their types. */
  async functions(mod: CID, brought: GetBlock = none): Promise<Result<ModuleFunctions, Failure>> {
    const key = mod.toString()
    const known = this.#functions.get(key)
    if (known) return ok(known)
    const bytes = await readFile(mod, async cid => (await brought(cid)) ?? this.store.block(cid))
    if ('error' in bytes) return bytes
    const linkage = linkModule(bytes.ok)
    if ('error' in linkage) return linkage
    const functions = moduleFunctions(linkage.ok)
    const [oldest] = this.#functions.keys()
    if (oldest !== undefined && this.#functions.size >= knownModulesMax) this.#functions.delete(oldest)
    this.#functions.set(key, functions)
    return ok(functions)
  }

  /**
   * Compiles and runs a workflow document, as this node's own request.
   * Rejects only on a fault of the host (`StoreError`).
   */
  async run(draft: Value, options: SubmitOptions = {}): Promise<Result<EndedRun, CompileFailure | SubmitFailure>> {
    const compiled = await compile(draft, (mod, fun, brought) => this.#exportName(mod, fun, brought))
    if ('error' in compiled) return compiled
    const { document, blocks, aliases } = compiled.ok
    const stored = this.store.commit({ blocks: [...blocks, document], aliases })
    const exp = realWorld.now() + ownInvocationSeconds
    const args = { workflow: document.cid }
    const nonce = realWorld.random(12)
    const invocation = await invoke({ sub: this.did, cmd: runCommand, args, nonce, exp }, this.#signer)
    // Written in one group with the run's own entries; where it cannot be, neither can they.
    const [ended] = await Promise.all([this.#runtime.submit(invocation, options), stored])
    return ended
  }

  /**
   * Runs the task of a receipt, or a task, once more, whatever is known of it; nothing is stored. Failures: those of
   * reading it, and {@link NotRerunnable}.
   */
  rerun(name: CID, { signal }: Pick<SubmitOptions, 'signal'> = {}): Promise<Result<Rerun, Failure>> {
    const parts = { store: this.store, command: this.#wasmRun, signal: signal ?? new AbortController().signal }
    return rerun(name, parts)
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close()
    await this.store.close()
  }

  /** A function's exact name where its module is at hand; as it was spelled where it is not, and the task says why. */
  async #exportName(mod: CID, spelling: string, brought: GetBlock): Promise<string> {
    const functions = await this.functions(mod, brought)
    return ('ok' in functions && resolveExport(functions.ok.functions, spelling)?.name) || spelling
  }

  #startPool(): Promise<WasmPool> {
    const cache = fileProgramCache(this.#home.cache)
    this.#pool ??= import('@ipvm/wasm/pool').then(({ createPool }) => createPool({ workers: this.#workers, cache }))
    return this.#pool
  }
}
