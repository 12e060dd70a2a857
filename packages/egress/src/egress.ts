import type { Failure, Result } from '@ipvm/ipld'

/** A request that leaves this node. */
export interface EgressRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST'
  /** As `URL` prints it; any other spelling is refused, so that a policy about the text is one about the place. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** How many bytes of the answer are read at most. */
  readonly bytesMax: number
  /** How many redirects are followed; each is checked as the first request was. */
  readonly redirectsMax: number
  readonly signal: AbortSignal
}

/** What the other side answered. */
export interface EgressResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Where it came from, after redirects. */
  readonly url: string
}

/** Why nothing came back. `sent` tells whether anything of the request may have reached the other side. */
export interface EgressFailure extends Failure {
  readonly name:
    | 'EgressRefused'
    | 'Unreachable'
    | 'InvalidTls'
    | 'ResponseTooLarge'
    | 'Cut'
    | 'TooManyRedirects'
    | 'NoSuchHost'
  readonly sent: boolean
}

/** Everything that leaves this node goes through here: names are looked up once, and only checked addresses are dialled. */
export interface Egress {
  request(request: EgressRequest): Promise<Result<EgressResponse, EgressFailure>>
}
