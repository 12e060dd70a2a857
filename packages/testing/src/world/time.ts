/** Something that is to happen at a time. */
interface Appointment {
  readonly at: number
  /** Of two at one time the one that was made first comes first. */
  readonly number: number
  readonly callback: () => void
  kept: boolean
}

/** Time that goes on only from one appointment to the next: nothing waits for a clock. Milliseconds from 0. */
export class VirtualTime {
  #now = 0
  #made = 0
  /** A heap, the next one first. */
  readonly #appointments: Appointment[] = []

  get now(): number {
    return this.#now
  }

  /** Calls back after so many milliseconds, unless the function that it gives is called before. */
  after(milliseconds: number, callback: () => void): () => void {
    const wait = Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0
    const appointment = { at: this.#now + wait, number: this.#made++, callback, kept: true }
    this.#push(appointment)
    return () => {
      appointment.kept = false
    }
  }

  /** When the next one is due; nothing where there is none. */
  next(): number | undefined {
    for (;;) {
      const [first] = this.#appointments
      if (!first || first.kept) return first?.at
      this.#pop()
    }
  }

  /** Goes on to the next appointment and keeps it; false where there is none. */
  advance(): boolean {
    if (this.next() === undefined) return false
    const first = this.#pop()
    if (!first) return false
    this.#now = first.at
    first.callback()
    return true
  }

  #push(appointment: Appointment): void {
    const heap = this.#appointments
    let at = heap.push(appointment) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (!above || isBefore(above, appointment)) break
      heap[at] = above
      at = parent
    }
    heap[at] = appointment
  }

  #pop(): Appointment | undefined {
    const heap = this.#appointments
    const [first] = heap
    const last = heap.pop()
    if (!first || !last || first === last) return first
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      const child = left && right && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      const below = heap[child]
      if (!below || isBefore(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number)
}

/** Lets everything go on that waits for nothing but its turn. */
export function quiet(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
