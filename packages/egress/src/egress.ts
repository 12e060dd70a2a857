import type { Socket } from 'node:net'
import type { Failure, Result } from '@ipvm/ipld'

/** How long each part of a request may take, milliseconds. */
export interface Times {
  /** To look the name up, connect and agree on TLS. */
  readonly connect: number
  /** From the end of the request to the head of the answer. */
  readonly answer: number
  /** Between two pieces of the answer's body. */
  readonly idle: number
  /** All of it, with every redirect. */
  readonly total: number
}

/** A request that leaves this node. */
export interface EgressRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST'
  /** As `URL` prints it; any other spelling is refused, so that a policy about the text is one about the place. */
  readonly url: string
  /** Whether this place may be asked; also told of every redirect. */
  readonly allows: (url: string) => boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** How many bytes of the answer are read at most. */
  readonly bytesMax: number
  /** How many redirects are followed, each checked as the first request was; 0 gives the redirect as the answer. */
  readonly redirectsMax: number
  /** Where it differs from the limits of the package. */
  readonly times?: Partial<Times>
  readonly signal: AbortSignal
}

/** What the other side answered. */
export interface EgressResponse {
  readonly status: number
  /** Names in lower case. Several of one name are joined by `, `, and by line feeds those of `set-cookie`. */
  readonly headers: Readonly<Record<string, string>>
  /** Without its content encoding. */
  readonly body: Uint8Array
  /** Where it came from, after redirects. */
  readonly url: string
}

/** Why nothing came back. */
export interface EgressFailure extends Failure {
  readonly name: /** A rule of this node forbids it. */
    | 'EgressRefused'
    | 'NoSuchHost'
    /** Nothing answers there, or no name server did. */
    | 'Unreachable'
    | 'InvalidTls'
    | 'TimedOut'
    /** The connection was lost. */
    | 'Cut'
    | 'MalformedResponse'
    | 'ResponseTooLarge'
    | 'TooManyRedirects'
    /** Nobody waits for it any more. */
    | 'Aborted'
  /** Whether anything of the request may have reached the other side. */
  readonly sent: boolean
  /** What the other side had answered before the rest of it was lost. */
  readonly status?: number
}

/** A connection that leaves this node, for a protocol that is not HTTP. */
export interface DialRequest {
  readonly host: string
  readonly port: number
  /** Whether TLS is agreed on at once, for this host. */
  readonly tls: boolean
  readonly signal: AbortSignal
}

/** Everything that leaves this node goes through here: names are looked up once, and only checked addresses are dialled. */
export interface Egress {
  /** Certificates of authorities that are trusted beside those of the system, PEM. */
  readonly authorities: readonly string[]
  request(request: EgressRequest): Promise<Result<EgressResponse, EgressFailure>>
  /** The connection is the caller's to close. */
  dial(request: DialRequest): Promise<Result<Socket, EgressFailure>>
  /**
   * The addresses of a host, where all of them may be dialled at a port: for who has to dial by themselves. They are to
   * dial what was checked; a name leads elsewhere the next time.
   */
  check(place: Omit<DialRequest, 'tls'>): Promise<Result<readonly string[], EgressFailure>>
  /** Closes the connections that are kept for the next request. */
  close(): void
}
