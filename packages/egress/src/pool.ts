import { Agent as PlainAgent, type AgentOptions, type ClientRequestArgs } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { dial, type DialParts } from './dial.ts'
import { Failed, failure } from './failure.ts'
import {
  connectionsMax,
  connectionsPerPlaceMax,
  idleConnectionMilliseconds,
  idleConnectionsMax,
  times,
} from './limits.ts'
import type { After } from './stop.ts'

/** Gives an agent its connections: dialled by the guard, and kept for the next request to the same place. */
export interface Pool {
  /** @param fresh whether a connection may not have been used before, which the other side may be closing now */
  agent(tls: boolean, fresh: boolean): PlainAgent
  close(): void
}

type Created = (error: Error | null, stream: Duplex) => void
type Connect = (options: ClientRequestArgs, created: Created) => void

/** How long dialling may take, where the request says something else than the limits. */
export interface Patience {
  /** Milliseconds. */
  readonly connectTime?: number
}

/** Makes the pool of one guard. */
export function createPool(parts: DialParts, after: After): Pool {
  const connect = (tls: boolean): Connect => {
    return (options: ClientRequestArgs & Patience, created) => {
      const over = new AbortController()
      const cancel = after(options.connectTime ?? times.connect, () => over.abort())
      const host = String(options.host).replace(/^\[|\]$/g, '')
      const to = { host, port: Number(options.port), tls, protocols: ['http/1.1'], signal: over.signal }
      const fail = (thrown: unknown) => {
        const why = thrown instanceof Failed ? thrown : new Failed(failure('Unreachable', String(thrown)))
        // The platform's types want a stream even so.
        Reflect.apply(created, undefined, [why])
      }
      dial(parts, to)
        .finally(cancel)
        .then(result => ('ok' in result ? created(null, result.ok) : fail(new Failed(result.error))), fail)
    }
  }
  const kept = { keepAlive: true, maxTotalSockets: connectionsMax, maxSockets: connectionsPerPlaceMax } as const
  const idle = { maxFreeSockets: idleConnectionsMax, timeout: idleConnectionMilliseconds } as const
  const once = { keepAlive: false, maxTotalSockets: connectionsMax } as const
  const plain = [{ ...kept, ...idle }, once].map(options => new GuardedAgent(options, connect(false)))
  const secure = [{ ...kept, ...idle }, once].map(options => new GuardedTlsAgent(options, connect(true)))
  return {
    agent: (tls, fresh) => {
      const agent = (tls ? secure : plain)[fresh ? 1 : 0]
      if (!agent) throw new Error('there are two agents of each kind')
      return agent
    },
    close: () => {
      for (const agent of [...plain, ...secure]) agent.destroy()
    },
  }
}

class GuardedAgent extends PlainAgent {
  readonly #connect: Connect

  constructor(options: AgentOptions, connect: Connect) {
    super(options)
    this.#connect = connect
  }

  override createConnection(options: ClientRequestArgs, created: Created): undefined {
    this.#connect(options, created)
  }
}

class GuardedTlsAgent extends TlsAgent {
  readonly #connect: Connect

  constructor(options: AgentOptions, connect: Connect) {
    super(options)
    this.#connect = connect
  }

  override createConnection(options: ClientRequestArgs, created: Created): undefined {
    this.#connect(options, created)
  }
}
