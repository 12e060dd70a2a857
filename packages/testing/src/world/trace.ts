import { hashText } from './random.ts'

/** What happened in a simulation, line by line: as text for people, and as one number by which two runs are compared. */
export class Trace {
  readonly lines: string[] = []
  readonly #time: () => number
  readonly #keeps: boolean
  #hash = 0x811c9dc5
  #count = 0

  /** @param keeps whether the lines are kept, and not their hash alone */
  constructor(time: () => number, keeps: boolean) {
    this.#time = time
    this.#keeps = keeps
  }

  /** One word for what it is, such as `commit`, and what there is to say of it. */
  tell(what: string, text: string): void {
    const line = `${this.#time()} ${what} ${text}`
    this.#count += 1
    this.#hash = hashText(line, this.#hash)
    if (this.#keeps) this.lines.push(line)
  }

  /** The same for two runs in which the same happened. */
  get hash(): string {
    return `${this.#count}-${this.#hash.toString(16).padStart(8, '0')}`
  }
}
