import { askPeerRecord, FetchFailed, type Fetch } from '@ipvm/network/http'
import { sameDid, type Did } from '@ipvm/varsig'
import { realWorld } from '../world.ts'

/** Where somebody says that they are. */
interface SaidPlace {
  readonly did: Did
  readonly address: string
}

/** The places where somebody says that they are, by their origins. */
export type SaidPlaces = ReadonlyMap<string, readonly SaidPlace[]>

/**
 * A `fetch` that sends nothing to a place of which somebody has only said that they are there, before they have proven it (ADR
 * 132): until then it asks for the signed record of whoever is there, and for nothing else.
 */
export function provenFetch(fetch: Fetch, said: () => SaidPlaces): Fetch {
  const proven = new Set<string>()
  return async (url, init) => {
    const { origin } = new URL(url)
    const places = said().get(origin) ?? []
    if (places.length > 0 && !places.some(place => proven.has(nameOf(place)))) {
      proven.add(nameOf(await provenPlace(origin, places, fetch, init.signal)))
    }
    return fetch(url, init)
  }
}

/** @throws FetchFailed where none of them proves to be there */
async function provenPlace(
  origin: string,
  places: readonly SaidPlace[],
  fetch: Fetch,
  signal: AbortSignal,
): Promise<SaidPlace> {
  for (const place of places) {
    const record = await askPeerRecord(place.address, { fetch, world: realWorld }, { signal })
    if ('error' in record) throw new FetchFailed(record.error.name, false, record.error.message)
    if (record.ok && sameDid(record.ok.did, place.did)) return place
  }
  const agents = places.map(({ did }) => did).join(' or ')
  const message = `${origin} is said to be of ${agents}, and who is there does not prove it; nothing was sent`
  throw new FetchFailed('Unreachable', false, message)
}

function nameOf({ did, address }: SaidPlace): string {
  return `${did} ${address}`
}
