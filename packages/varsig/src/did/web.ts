import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { didLengthMax, resolvedDidSeconds, resolvedDidsMax } from '../limits.ts'
import { isDid, malformedDid, withoutFragment, type Did, type MalformedDid, type PublicKey } from './did.ts'
import { readDidDocument, type VerificationMethod } from './document.ts'
import { unresolvedDid, type DidResolver, type UnresolvedDid } from './resolver.ts'

/**
 * Gets the text of a document by `https` URL: the port through which {@link webResolver} reaches the network. Which
 * addresses may be reached, redirects, time and size are its matter.
 */
export type FetchDocument = (url: string) => Promise<Result<string, Failure>>

/** What a resolver of `did:web` needs. */
export interface WebResolverOptions {
  readonly fetchDocument: FetchDocument
  /** The time, seconds since the epoch; from the caller's world. */
  readonly now: () => number
  /** How long an answer counts, seconds; 300 where not given. A key that was rotated out signs until then. */
  readonly seconds?: number
  /** How many documents are kept; 1,024 where not given. The longest unused goes first. */
  readonly entriesMax?: number
}

interface Entry {
  readonly until: number
  readonly methods: Promise<Result<readonly VerificationMethod[], UnresolvedDid | MalformedDid>>
}

/**
 * The URL of a `did:web`'s document (did:web § Read): `did:web:example.com:people:alice` is
 * `https://example.com/people/alice/did.json`. Failure: `MalformedDid`.
 */
export function didWebUrl(did: string): Result<string, MalformedDid> {
  const refuse = (problem: string) => error(malformedDid(did, problem))
  if (!did.startsWith('did:web:') || did.length > didLengthMax) return refuse('is not a did:web')
  const [host = '', ...path] = withoutFragment(did).slice('did:web:'.length).split(':')
  const match = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?:%3A([0-9]{1,5}))?$/i.exec(host)
  if (!match?.[1] || match[1].includes('..')) return refuse('names no host')
  const [, name, port] = match
  // A segment of dots would climb out of the path that the DID names.
  if (path.some(segment => !/^[A-Za-z0-9._~%-]+$/.test(segment) || /^(\.|%2e)+$/i.test(segment))) {
    return refuse('has a path that is not plain segments')
  }
  if (path.some(segment => /%(?![0-9a-f]{2})|%2f|%5c/i.test(segment)))
    return refuse('has a path that is not plain segments')
  const folder = path.length > 0 ? path.join('/') : '.well-known'
  return ok(`https://${name.toLowerCase()}${port ? `:${port}` : ''}/${folder}/did.json`)
}

/**
 * A resolver of `did:web` with a bounded cache. Of a DID with a fragment it gives the key that the fragment names, of
 * one without every key that may sign. Answers are kept for a time, failures are not; while a document is fetched,
 * others who ask for it wait for the same answer.
 *
 * @example
 * const resolve = webResolver({ fetchDocument, now: () => world.now() })
 * await verifySignature('did:web:example.com', header, message, signature, { resolve })
 */
export function webResolver(options: WebResolverOptions): DidResolver {
  const { fetchDocument, now, seconds = resolvedDidSeconds, entriesMax = resolvedDidsMax } = options
  const entries = new Map<Did, Entry>()

  const entryOf = (did: Did): Entry => {
    const known = entries.get(did)
    entries.delete(did)
    const entry =
      known && now() < known.until ? known : { until: now() + seconds, methods: fetchMethods(did, fetchDocument) }
    entries.set(did, entry)
    const [oldest] = entries.keys()
    if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest)
    return entry
  }

  return async did => {
    const subject = withoutFragment(did)
    const entry = entryOf(subject)
    let keep = false
    try {
      const methods = await entry.methods
      keep = 'ok' in methods
      return 'error' in methods ? methods : chosen(methods.ok, did)
    } finally {
      if (!keep && entries.get(subject) === entry) entries.delete(subject)
    }
  }
}

async function fetchMethods(
  did: Did,
  fetchDocument: FetchDocument,
): Promise<Result<readonly VerificationMethod[], UnresolvedDid | MalformedDid>> {
  if (!isDid(did)) return error(malformedDid(did, 'is not a DID'))
  if (!did.startsWith('did:web:')) return error(unresolvedDid(did, 'only did:web is resolved here'))
  const url = didWebUrl(did)
  if ('error' in url) return url
  const text = await fetchDocument(url.ok)
  if ('error' in text) return error(unresolvedDid(did, `its document was not to be had: ${text.error.message}`))
  return readDidDocument(did, text.ok)
}

function chosen(methods: readonly VerificationMethod[], did: Did): Result<readonly PublicKey[], UnresolvedDid> {
  if (withoutFragment(did) === did) return ok(methods.map(({ key }) => key))
  const named = methods.filter(({ id }) => id === did).map(({ key }) => key)
  return named.length > 0 ? ok(named) : error(unresolvedDid(did, 'its document has no such key that may sign'))
}
