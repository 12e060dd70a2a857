import { availableParallelism, hostname } from 'node:os'
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
import { builtInEffects, offText, readSwitches, type EffectPorts, type Switched } from '@ipvm/effects'
import {
  Runtime,
  type Effect,
  type EndedRun,
  type OnSchedule,
  type PureCommand,
  type Seal,
  type SubmitFailure,
  type SubmitOptions,
} from '@ipvm/runtime'
import type { Did, Signer } from '@ipvm/varsig'
import { Events, type EventNews } from '@ipvm/events'
import type { Network, OpenTransport } from '@ipvm/network'
import type { Fetch } from '@ipvm/network/http'
import type { AdmissionLimits, Service, Wallet } from '@ipvm/service'
import { bookWallet, type PeerBook } from '@ipvm/service/peers'
import { VerifiedTokens, type Command } from '@ipvm/ucan'
import { KeyRing } from '@ipvm/varsig/keyfile'
import { compile, type Compiled, type CompileFailure } from '@ipvm/workflow'
import type { WasmPool } from '@ipvm/wasm/pool'
import { linkModule, moduleFunctions, resolveExport, type ModuleFunctions } from '@ipvm/wit'
import type { Home } from './home.ts'
import { knownModulesMax, ownInvocationSeconds } from './limits.ts'
import type { Egress } from '@ipvm/egress'
import type { EgressConfig } from './config/config.ts'
import { egressOf } from './egress.ts'
import type { NodeObserver } from './observe/observers.ts'
import { traceParentKey } from './observe/trace-parent.ts'
import { Names } from './names/names.ts'
import { lateFetch, LateService, type OpenOptions } from './network/late-service.ts'
import { withNamedAgents } from './peers/named-agents.ts'
import { PeersFile } from './peers/peers-file.ts'
import { fileProgramCache } from './program-cache.ts'
import { rerun, type Rerun } from './rerun.ts'
import { homeSeal } from './secrets/home-seal.ts'
import { Secrets } from './secrets/secrets.ts'
import { wasmCommand, wasmRun } from './wasm-run.ts'
import { realWorld } from './world.ts'

const none: GetBlock = async () => undefined

/** How a node is set up. */
export interface NodeOptions {
  /** How many guests run at once; as many as the machine has cores, where not given. */
  readonly workers?: number
  /** What it can do to the world by its owner's own code. */
  readonly effects?: readonly Effect[]
  /** Which of the effects that come with ipvm are on; those that are harmless, where not given. */
  readonly switched?: Switched
  /** What may leave it beside what is in public, and how it finds its way. */
  readonly egress?: Partial<EgressConfig>
  /** Told of what schedules begin, and of what was due while nobody was there. */
  readonly onSchedule?: OnSchedule
  /** Told of events that were delivered, or were not. */
  readonly onEvent?: (news: EventNews) => void
  /** Watches all runs that go on here. */
  readonly observer?: NodeObserver
  /** Commands that anybody may have it do, and what they cover; none, where not given. */
  readonly open?: readonly Command[]
  /** How much of others it takes on; the usual, where not given. */
  readonly admission?: Partial<AdmissionLimits>
  /** The delegations that it asks others by; those of its list of peers, where not given. */
  readonly wallet?: Wallet
  /** Told of what goes on between it and others. */
  readonly onNetwork?: (line: string, cause?: unknown) => void
  /** Told of a stored receipt that did not verify; its task runs again. */
  readonly onDoubt?: (receipt: CID, problem: string) => void
}

/** How a run of this node's own is followed. */
export interface RunOptions extends SubmitOptions {
  /** Where the caller's trace is at, as W3C Trace Context writes it; whoever goes on with the run knows it, too. */
  readonly traceParent?: string
}

type Submitted = Result<EndedRun, SubmitFailure>

/** One node: a key, a store, and what runs workflows. */
export class IpvmNode {
  readonly did: Did
  readonly store: Store
  /** The names that this node gives to modules, and those that it knows. */
  readonly names: Names
  /** What it seals secrets with, and the secrets that its owner has set. */
  readonly seal: Seal
  readonly secrets: Secrets
  /** What runs workflows. */
  readonly runtime: Runtime
  /** What starts workflows. */
  readonly events: Events
  /** The others that its owner deals with. */
  readonly peers: PeerBook
  /** The delegations that it asks others by. */
  readonly wallet: Wallet
  /** Commands that anybody may have it do, and what they cover. */
  readonly open: readonly Command[]
  /** How it asks others over HTTP: by the guard for all that leaves it. */
  readonly fetch: Fetch
  readonly #observer: NodeObserver | undefined
  readonly #log: (line: string, cause?: unknown) => void
  readonly #wasmRun: PureCommand
  readonly #workers: number
  readonly #home: Home
  readonly #egress: Egress
  readonly #service: LateService
  /** By module; every task of a workflow asks for them, to be named by the function's exact name. */
  readonly #functions = new Map<string, ModuleFunctions>()
  #pool: Promise<WasmPool> | undefined

  /** @throws StoreError when the store cannot be opened */
  constructor(home: Home, signer: Signer, options: NodeOptions = {}) {
    this.did = signer.did
    this.store = openSqliteStore(home.store)
    this.names = new Names(this.store, signer)
    this.seal = homeSeal(home)
    this.secrets = new Secrets(home, this.seal)
    this.#home = home
    this.#egress = egressOf(options.egress ?? {})
    this.fetch = lateFetch(this.#egress)
    this.#workers = options.workers ?? availableParallelism()
    this.#wasmRun = wasmRun(this.#workers, () => this.#startPool())
    const { onDoubt, onSchedule, observer, open = [], effects = [], switched = harmless() } = options
    this.open = open
    const shared = { verified: new VerifiedTokens(), open }
    const off = new Map(switched.off.map(effect => [effect.cmd, offText(effect)]))
    this.#observer = observer
    this.#log = options.onNetwork ?? (() => {})
    this.peers = new PeersFile(home)
    const held = { did: signer.did, book: this.peers, revocations: this.store, now: realWorld.now }
    this.wallet = options.wallet ?? bookWallet(held)
    this.#service = new LateService(() => ({
      ...shared,
      ...(options.admission && { admission: options.admission }),
      ...{ signer, store: this.store, world: realWorld, wallet: this.wallet, peers: this.peers, name: hostname() },
      runtime: () => this.runtime,
      log: this.#log,
    }))
    this.runtime = new Runtime({
      ...shared,
      others: this.#service.others,
      store: this.store,
      signer,
      world: realWorld,
      seal: this.seal,
      commands: { [wasmCommand]: this.#wasmRun },
      effects: [
        ...switched.on.map(({ make }) => make(this.#effectPorts())),
        ...effects.filter(({ cmd }) => !off.has(cmd)),
      ],
      off: cmd => off.get(cmd),
      knownTraits: cmd => builtInEffects.find(effect => effect.cmd === cmd),
      ...(onDoubt && { onDoubt }),
      ...(onSchedule && { onSchedule }),
      ...(observer && { observer }),
    })
    const { onEvent } = options
    const parts = { store: this.store, runtime: this.runtime, world: realWorld, secrets: this.secrets }
    this.events = new Events({ ...parts, ...(onEvent && { onNews: onEvent }) })
  }

  /** Starts a thread for guests ahead of the first task, which then does not wait for it. */
  async warm(): Promise<void> {
    const pool = await this.#startPool()
    pool.warm()
  }

  /** What it is to others. */
  service(): Promise<Service> {
    return this.#service.load()
  }

  /** Goes to the others by these ways: answers them, and asks them, until it is closed. */
  openNetwork(transports: readonly OpenTransport[], options: OpenOptions = {}): Promise<Network> {
    return this.#service.open(transports, { log: this.#log, ...options })
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

  /** Compiles a workflow document as people write it; agents may be called as the peers are (`"sub": "database"`). */
  async compile(draft: Value): Promise<Result<Compiled, CompileFailure>> {
    const named = await withNamedAgents(draft, () => this.peers.read())
    return 'error' in named ? named : compile(named.ok, (mod, fun, brought) => this.#exportName(mod, fun, brought))
  }

  /**
   * Compiles and runs a workflow document, as this node's own request.
   * Rejects only on a fault of the host (`StoreError`).
   */
  async run(draft: Value, options: RunOptions = {}): Promise<Result<EndedRun, CompileFailure | SubmitFailure>> {
    const compiled = await this.compile(draft)
    return 'error' in compiled ? compiled : this.submit(compiled.ok, options)
  }

  /** Runs a compiled workflow, as this node's own request. Rejects only on a fault of the host (`StoreError`). */
  async submit({ document, workflow, blocks, aliases }: Compiled, options: RunOptions = {}): Promise<Submitted> {
    const stored = this.store.commit({ canWait: true, blocks: [...blocks, document], aliases })
    this.runtime.know(document.cid, workflow)
    // Written in one group with the run's own entries; where it cannot be, neither can they.
    const [ended] = await Promise.all([this.runStored(document.cid, options), stored])
    return ended
  }

  /** Runs a workflow that is in the store, as this node's own request. */
  async runStored(workflow: CID, { traceParent, ...options }: RunOptions = {}): Promise<Submitted> {
    const meta = traceParent === undefined ? {} : { meta: { [traceParentKey]: traceParent } }
    return this.runtime.run(workflow, { exp: realWorld.now() + ownInvocationSeconds, ...meta }, options)
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
    await this.events.close()
    await this.#service.close()
    await this.runtime.close()
    await this.#observer?.close?.()
    this.#egress.close()
    await (await this.#pool)?.close()
    await this.store.close()
  }

  #effectPorts(): EffectPorts {
    const keys = new KeyRing(this.#home.keys)
    const own = { secrets: this.secrets, keys: keySource(keys), names: this.names }
    return { store: this.store, world: realWorld, egress: this.#egress, home: this.#home.folder, ...own }
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

/** Keys that are read without a passphrase: nobody is there to type one. */
function keySource(ring: KeyRing): EffectPorts['keys'] {
  return { signer: name => ring.signer(name) }
}

function harmless(): Switched {
  const switched = readSwitches({}, builtInEffects, [])
  if ('error' in switched) throw new Error(`where nothing is set, nothing is wrong: ${switched.error.message}`)
  return switched.ok
}
