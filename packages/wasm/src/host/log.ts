import { logBytesMax } from '../limits.ts'

const encoder = new TextEncoder()
const newline = 0x0a

/** What a guest writes during one run: messages, and its standard output and error, in the order in which they come. */
export class RunLog {
  readonly #pieces: Uint8Array[] = []
  #length = 0
  #isCut = false
  #last = newline

  /** Appends bytes as they are. Past the limit they are dropped; a guest cannot tell. */
  write(bytes: Uint8Array): void {
    const room = logBytesMax - this.#length
    if (bytes.length > room) this.#isCut = true
    if (this.#isCut && room === 0) return
    const piece = bytes.slice(0, room)
    this.#pieces.push(piece)
    this.#length += piece.length
    this.#last = piece.at(-1) ?? this.#last
  }

  /** Appends a line, on a line of its own. */
  writeLine(text: string): void {
    if (this.#last !== newline) this.write(Uint8Array.of(newline))
    this.write(encoder.encode(`${text}\n`))
  }

  /** All that was written, as text: what is not UTF-8 shows as U+FFFD, and a last line says if something is missing. */
  text(): string {
    const all = new Uint8Array(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      all.set(piece, at)
      at += piece.length
    }
    // Of a character that the limit cuts in two nothing is shown.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(all, { stream: this.#isCut })
    if (!this.#isCut) return text
    return `${text}${text.endsWith('\n') ? '' : '\n'}(the log ends here: it is longer than ${logBytesMax} bytes)\n`
  }
}
