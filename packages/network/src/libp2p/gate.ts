import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { overlay } from './overlay.ts'

type Registrar = KadDHTComponents['registrar']
type ConnectionManager = KadDHTComponents['connectionManager']

/** Who is dealt with. */
export interface Gate {
  /** Resolves once a peer has said who it is: whether it is dealt with. Never rejects. */
  admits(id: PeerId): Promise<boolean>
  /** Whether a peer may hear a topic. */
  mayHear(topic: string, id: PeerId): boolean
  /** Whether a peer may send so many more bytes of questions about who has what. */
  mayAskRoutes(id: PeerId, bytes: number): boolean
}

/** How streams and connections are handed on to a service. */
interface Passing {
  readonly connection?: (connection: Connection) => Connection
  readonly stream?: (stream: Stream, connection: Connection) => void
}

/**
 * The components of a service of libp2p (gossip, the DHT, a relay) that deals only with peers who were admitted: it hears
 * of no others, serves them nothing and does not go to them.
 */
export function gated<T extends { registrar: Registrar; connectionManager: ConnectionManager }>(
  components: T,
  gate: Gate,
  passing: Passing = {},
): T {
  const parts: Partial<T> = {}
  parts.registrar = gatedRegistrar(components.registrar, gate, passing)
  parts.connectionManager = gatedConnections(components.connectionManager, gate)
  return overlay(components, parts)
}

function gatedRegistrar(registrar: Registrar, gate: Gate, passing: Passing): Registrar {
  const { connection: passed = one => one, stream: watch } = passing
  return overlay(registrar, {
    handle: (protocol, handler, options) =>
      registrar.handle(
        protocol,
        async (stream, connection) => {
          // What comes meanwhile is kept by the stream, up to its limit.
          if (!(await gate.admits(connection.remotePeer))) return stream.abort(notAdmitted())
          watch?.(stream, connection)
          await handler(stream, passed(connection))
        },
        options,
      ),
    register: (protocol, topology, options) =>
      registrar.register(
        protocol,
        {
          ...topology,
          onConnect: (id, connection) => {
            void gate.admits(id).then(isAdmitted => {
              if (isAdmitted && connection.status === 'open') topology.onConnect?.(id, passed(connection))
            })
          },
        },
        options,
      ),
  })
}

function gatedConnections(connections: ConnectionManager, gate: Gate): ConnectionManager {
  return overlay(connections, {
    openConnection: async (peer, options) => {
      const connection = await connections.openConnection(peer, options)
      if (await gate.admits(connection.remotePeer)) return connection
      throw notAdmitted()
    },
  })
}

function notAdmitted(): Error {
  return new Error('this peer has not proven to be one that is dealt with')
}
