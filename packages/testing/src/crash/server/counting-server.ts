import type { Arrival, ArrivalKind, Fault } from './arrival.ts'

/** What comes to the counting server, without the sockets: it remembers everything, and its memory is the truth. */
export class CountingServer {
  readonly #arrivals: Arrival[] = []
  readonly #byId = new Map<string, Arrival[]>()
  #value = 0

  /** Takes a request in; `faults` are those of the first arrival under this id, of the second and so on. */
  arrive(request: Pick<Arrival, 'kind' | 'id' | 'key' | 'sent'>, faults: readonly string[]): Arrival {
    const before = this.arrivals(request.kind, request.id)
    const fault = faultOf(faults, before.length)
    const arrival: Arrival = { ...request, ...this.#act(request, before, fault), ...(fault && { fault }) }
    this.#arrivals.push(arrival)
    this.#byId.set(`${request.kind} ${request.id}`, [...before, arrival])
    return arrival
  }

  /** What came under an id, in its order. */
  arrivals(kind: ArrivalKind, id: string): readonly Arrival[] {
    return this.#byId.get(`${kind} ${id}`) ?? []
  }

  /** What was answered when something without a key was done; null where it was not. */
  answerOf(id: string): number | null {
    return this.arrivals('once', id).find(({ acted }) => acted)?.value ?? null
  }

  /** What came under the ids that begin so, in its order. */
  log(prefix: string): readonly Arrival[] {
    return this.#arrivals.filter(({ id }) => id.startsWith(prefix))
  }

  #act(
    { kind, key }: Pick<Arrival, 'kind' | 'key'>,
    before: readonly Arrival[],
    fault: Fault | undefined,
  ): Pick<Arrival, 'acted' | 'value'> {
    if (fault === 'refuse' || fault === 'busy') return { acted: false }
    const known = kind === 'keyed' ? before.find(arrival => arrival.acted && arrival.key === key) : undefined
    if (known?.value !== undefined) return { acted: false, value: known.value }
    this.#value += 1
    return { acted: true, value: this.#value }
  }
}

const kinds: readonly Fault[] = ['refuse', 'busy', 'drop', 'late', 'hang']

/** Who refuses, refuses always. */
function faultOf(faults: readonly string[], before: number): Fault | undefined {
  const wanted = faults[0] === 'refuse' ? 'refuse' : faults[before]
  return kinds.find(kind => kind === wanted)
}
