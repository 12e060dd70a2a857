import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import {
  helloWithin,
  peersMax,
  proofBytesMax,
  routingBytesBurst,
  routingBytesPerSecond,
  strangersMax,
} from '../limits.ts'
import type { Did } from '@ipvm/varsig'
import { readPeerRecord } from '../peer-record.ts'
import type { Peer } from '../peer.ts'
import { Rate } from '../topic/rate.ts'
import type { Host } from '../transport.ts'
import { Answering } from './answering.ts'
import { Asking } from './asking.ts'
import { bitswapProtocol } from './bitswap/message.ts'
import type { Gate } from './gate.ts'
import type { Libp2pNodeOptions } from './node.ts'
import { Session } from './session.ts'

/** The protocol of requests, whose first frame says who is there. */
const askProtocol = '/ipvm/ask/1'

/** How much those are worth keeping that are dealt with, and that may ask by what they have brought. */
const tagOfPeer = 60
const tagOfGuest = 30

/** How peers are met. */
export interface MeetingOptions extends Pick<Libp2pNodeOptions, 'listen'> {
  /** The signed record of where this node is; it has to name the address `/p2p/` and the peer id (ADR 93). */
  readonly record?: (peerAddress: string) => Promise<Uint8Array>
  /** A container of the delegations that an agent has given to this node, which may be all that it knows of us. */
  readonly proofs?: (agent: Did) => Promise<Uint8Array | undefined>
  /** Whether peers are dealt with that have proven no DID. They are not, where it is left out. */
  readonly isOpen?: boolean
  /**
   * Whether nodes of IPFS may fetch by bitswap the blocks that anybody may have, and are asked for theirs. Off, where it
   * is left out.
   */
  readonly isBitswap?: boolean
  /**
   * Addresses that are connected to from the start, and again whenever they are lost. None, where they are left out. Who
   * is named in them, or in an address at a relay, by a peer id is dealt with, whatever the host says of its DID.
   */
  readonly bootstrap?: readonly string[]
}

/**
 * Who is connected over libp2p, and who of them is dealt with: those who have proven a DID that the host welcomes and
 * admits. All others hear who we are and nothing else, and do not stay.
 */
export class Meetings implements Gate {
  readonly #host: Host
  readonly #options: MeetingOptions
  readonly #sessions = new Map<string, Session>()
  readonly #rate: Rate
  /** The peer ids that the owner of this node has written. */
  readonly #named: ReadonlySet<string>
  /** Who did not stay, so that they are not dialled for having been found; the last ones. */
  readonly #strangers = new Set<string>()
  #node: Libp2p | undefined

  constructor(host: Host, options: MeetingOptions) {
    this.#host = host
    this.#options = options
    const { bootstrap = [], listen = [] } = options
    const ids = [...bootstrap, ...listen].flatMap(address => [...address.matchAll(/\/p2p\/([^/]+)/g)])
    this.#named = new Set(ids.map(([, id = '']) => id))
    this.#rate = new Rate(() => host.world.milliseconds(), routingBytesPerSecond, routingBytesBurst)
  }

  /** Meets those whom this node meets; `lost` is told of who was dealt with and is gone. */
  async start(node: Libp2p, lost: (id: PeerId) => void): Promise<void> {
    this.#node = node
    const limits = { maxInboundStreams: 2, maxOutboundStreams: 2, runOnLimitedConnection: true }
    await node.handle(askProtocol, (stream, connection) => this.#answer(stream, connection), limits)
    node.addEventListener('peer:connect', ({ detail }) => void this.#connected(detail))
    node.addEventListener('peer:disconnect', ({ detail }) => {
      this.#lost(`${detail}`)
      lost(detail)
    })
  }

  close(): void {
    for (const session of this.#sessions.values()) session.end()
  }

  /** Everyone whom the network was told of. */
  sessions(): readonly Session[] {
    return [...this.#sessions.values()].filter(({ isTold }) => isTold)
  }

  /** The session with who is connected; its first connection is what counts. */
  at(id: PeerId): Session | undefined {
    const known = this.#sessions.get(`${id}`)
    const [connection] = this.#node?.getConnections(id) ?? []
    if (known || !connection) return known
    const session = new Session(connection)
    this.#sessions.set(`${id}`, session)
    this.#host.world.after(helloWithin, () => this.#late(session))
    return session
  }

  /** As whom blocks are given to a peer: by its DID, if it is dealt with. */
  peerAt(id: PeerId): Peer {
    const session = this.#sessions.get(`${id}`)
    return session?.isAdmitted === true ? session.peer : { name: `/p2p/${id}`, addresses: [] }
  }

  async admits(id: PeerId): Promise<boolean> {
    const session = this.at(id)
    return session ? session.admission : false
  }

  isAdmitted(id: PeerId): boolean {
    return this.#sessions.get(`${id}`)?.isAdmitted === true
  }

  /** Whether this one was met, and did not stay. */
  isStranger(id: PeerId): boolean {
    return this.#strangers.has(`${id}`)
  }

  mayHear(topic: string, id: PeerId): boolean {
    const session = this.#sessions.get(`${id}`)
    return session?.isAdmitted === true && this.#host.mayHear(topic, session.peer)
  }

  mayAskRoutes(id: PeerId, bytes: number): boolean {
    if (this.#rate.take(`${id}`, bytes)) return true
    this.#host.misbehaved(this.peerAt(id), 'Flood')
    return false
  }

  /** Opens our stream of requests, and says who we are. */
  async #connected(id: PeerId): Promise<void> {
    const session = this.at(id)
    if (!session || session.asking) return
    this.#makeRoom()
    try {
      const stream = await session.connection.newStream(askProtocol, { runOnLimitedConnection: true })
      const garbled = () => this.#host.misbehaved(session.peer, 'Garbage')
      const asking = new Asking(stream, () => session.peer.name, garbled)
      session.asking = asking
      const record = await this.#options.record?.(`/p2p/${this.#node?.peerId}`)
      await asking.hello(record ?? new Uint8Array(0))
      if (session.half('open')) await this.#there(session)
      await asking.read()
      // The stream is lost, and so is the peer, though its connection may not know yet.
      this.#leave(session)
    } catch {
      if (!(await this.#givesBlocks(session))) session.end()
    }
  }

  async #answer(stream: Stream, connection: Connection): Promise<void> {
    const session = this.at(connection.remotePeer)
    if (!session) return stream.abort(new Error('the connection is gone'))
    const answering = new Answering(stream, this.#host, session.peer, () => session.isAdmitted)
    const met = async (bytes: Uint8Array) => {
      const address = `/p2p/${connection.remotePeer}`
      const now = this.#host.world.now()
      const record = bytes.length > 0 ? await readPeerRecord(bytes, { now, address }) : undefined
      const { did, addresses } = record && 'ok' in record ? record.ok : { did: undefined, addresses: [] }
      const where = [...new Set([...addresses, `${connection.remoteAddr}`, address])]
      const peer = { name: did ?? address, addresses: where, ...(did !== undefined && { did }) }
      if (session.half('met', peer)) await this.#there(session)
      // What comes right behind is for when it is decided whether this peer is dealt with.
      await session.there
      return peer
    }
    await answering.read({ met, proven: proof => this.#proven(session, proof) })
  }

  /** What our own right to ask is goes out before anything is asked: the other may not know us. */
  async #prove({ peer: { did }, asking }: Session): Promise<void> {
    const proof = did === undefined ? undefined : await this.#options.proofs?.(did)
    if (proof && proof.length <= proofBytesMax) await asking?.prove(proof)
  }

  /** A peer that is not known may ask by what it brings (ADR 137). */
  async #proven(session: Session, proof: Uint8Array): Promise<void> {
    const { peer, isAdmitted } = session
    if (isAdmitted || peer.did === undefined || !this.#host.welcomes(peer)) return
    if (!(await this.#host.admitsBy(peer, proof)) || !session.isThere || session.isAdmitted) return
    session.becomesGuest()
    this.#tell(session, tagOfGuest)
  }

  /** Both have said who they are. */
  async #there(session: Session): Promise<void> {
    await this.#prove(session).catch(() => {})
    if (session.isThere) this.#decide(session)
  }

  #decide(session: Session): void {
    const isAdmitted = this.#mayAdmit(session)
    session.settle(isAdmitted)
    if (isAdmitted) this.#tell(session)
  }

  #mayAdmit({ peer, connection }: Session): boolean {
    if (this.#named.has(`${connection.remotePeer}`)) return this.#host.welcomes(peer)
    const isProven = peer.did !== undefined || this.#options.isOpen === true
    return isProven && this.#host.welcomes(peer) && this.#host.admits(peer)
  }

  #tell(session: Session, tag = tagOfPeer): void {
    session.isTold = true
    const id = session.connection.remotePeer
    this.#strangers.delete(`${id}`)
    // When there are too many connections, libp2p closes those first whose tag is the lowest.
    void this.#node?.peerStore.merge(id, { tags: { ipvm: { value: tag } } }).catch(() => undefined)
    this.#host.came(session.peer)
  }

  /** Whoever is not dealt with by now does not stay; nodes of IPFS do, where they may fetch blocks. */
  #late(session: Session): void {
    const { remotePeer } = session.connection
    if (this.#sessions.get(`${remotePeer}`) !== session || session.isTold) return
    if (session.isThere && this.#mayAdmit(session)) this.#decide(session)
    else if (session.isThere || this.#options.isBitswap !== true) this.#leave(session)
  }

  #leave({ connection: { remotePeer }, isAdmitted }: Session): void {
    if (!isAdmitted) {
      const [oldest] = this.#strangers
      if (oldest !== undefined && this.#strangers.size >= peersMax) this.#strangers.delete(oldest)
      this.#strangers.add(`${remotePeer}`)
    }
    void this.#node?.hangUp(remotePeer).catch(() => undefined)
  }

  /** The stranger who was there longest goes: those who come later may be about to say who they are. */
  #makeRoom(): void {
    const strangers = [...this.#sessions.values()].filter(({ isTold }) => !isTold)
    const [oldest] = strangers
    if (oldest && strangers.length > strangersMax) this.#leave(oldest)
  }

  /** Who was dialled and does not speak our protocol may still give blocks. */
  async #givesBlocks(session: Session): Promise<boolean> {
    const { connection } = session
    if (this.#options.isBitswap !== true || connection.direction !== 'outbound') return false
    if (session.asking || connection.status !== 'open') return false
    try {
      const stream = await connection.newStream(bitswapProtocol)
      await stream.close()
    } catch {
      return false
    }
    session.givesBlocks()
    session.isTold = true
    this.#host.came(session.peer)
    return true
  }

  #lost(id: string): void {
    const session = this.#sessions.get(id)
    this.#sessions.delete(id)
    if (!session) return
    const { isTold, peer } = session
    session.end()
    if (isTold) this.#host.went(peer)
  }
}
