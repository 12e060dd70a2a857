import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ValueMap } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { writeOrders, type Ending, type Orders } from './orders.ts'

const entry = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './process.ts' : './process.js', import.meta.url))

/** How long a process may take, milliseconds. */
const processMillisecondsMax = 60_000

/** What a trial is made of. */
export interface TrialParts {
  readonly module: URL | string
  readonly cmd: string
  readonly args: ValueMap
  readonly env: Readonly<Record<string, string>>
}

/** One story of an effect: processes after each other on one store, some of which are killed. */
export class Trial implements AsyncDisposable {
  readonly #parts: TrialParts
  readonly #folder: string

  private constructor(parts: TrialParts, folder: string) {
    this.#parts = parts
    this.#folder = folder
  }

  static async begin(parts: TrialParts): Promise<Trial> {
    return new Trial(parts, await mkdtemp(join(tmpdir(), 'ipvm-effect-')))
  }

  get #store(): string {
    return join(this.#folder, 'store.sqlite')
  }

  /** Has a process do it, from where the one before it was killed. */
  async run(how: Pick<Orders, 'what'> & Partial<Orders>): Promise<readonly Ending[]> {
    const { said, signal, trouble } = await this.#process(how)
    if (said) return said
    throw new Error(`the process ended without an answer (${signal ?? 'by itself'}): ${trouble}`)
  }

  /** Has a process do it that is to be killed on the way; whether it came by there. */
  async killed(how: Partial<Orders>): Promise<boolean> {
    const { said, signal, trouble } = await this.#process({ what: 'run', ...how })
    if (signal !== 'SIGKILL' && !said) throw new Error(`the process ended by itself: ${trouble}`)
    return signal === 'SIGKILL'
  }

  /** What is in its store. */
  async look<T>(see: (store: Store) => T | Promise<T>): Promise<T> {
    const store = openSqliteStore(this.#store)
    try {
      return await see(store)
    } finally {
      await store.close()
    }
  }

  async #process(how: Pick<Orders, 'what'> & Partial<Orders>) {
    const { module, cmd, args, env } = this.#parts
    const orders = writeOrders({ module: String(module), cmd, args, store: this.#store, ...how })
    const child = fork(entry, [orders], {
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said: readonly Ending[] | undefined
    let trouble = ''
    child.on('message', message => {
      said = endingsIn(message)
    })
    child.stderr?.on('data', text => {
      trouble = `${trouble}${text}`.slice(-4000)
    })
    const timer = setTimeout(() => child.kill('SIGTERM'), processMillisecondsMax)
    const [, signal] = await once(child, 'close')
    clearTimeout(timer)
    return { said, signal: typeof signal === 'string' ? signal : undefined, trouble }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function endingsIn(message: unknown): readonly Ending[] | undefined {
  return Array.isArray(message) ? message.filter(isEnding) : undefined
}

function isEnding(value: unknown): value is Ending {
  return typeof value === 'object' && value !== null && 'end' in value && typeof value.end === 'string'
}
