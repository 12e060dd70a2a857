/** Room for so many tasks. Runs that find too little of it left wait in line, in the order in which they came. */
export class Line {
  readonly #max: number
  readonly #waiting: Waiting[] = []
  #tasks = 0

  constructor(max: number) {
    this.#max = max
  }

  /** How many runs wait. */
  get length(): number {
    return this.#waiting.length
  }

  /** Begins a run, now or when there is room for its tasks. The function that it gives says that the run is over, or given up. */
  enter(tasks: number, begin: () => void): () => void {
    const own = { tasks, begin }
    this.#waiting.push(own)
    this.#admit()
    return () => {
      const at = this.#waiting.indexOf(own)
      if (at < 0) this.#tasks -= tasks
      else this.#waiting.splice(at, 1)
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      // One that is larger than all the room goes alone.
      if (this.#tasks > 0 && this.#tasks + next.tasks > this.#max) return
      this.#waiting.shift()
      this.#tasks += next.tasks
      next.begin()
    }
  }
}

interface Waiting {
  readonly tasks: number
  readonly begin: () => void
}
