import { logBytesMax } from '../limits.js'
const encoder = new TextEncoder()
const newline = 0x0a
const nothing = new Uint8Array(0)
/** What a guest writes during one run: messages, and its standard output and error, in the order in which they come. */
export class RunLog {
  #bytes = nothing
  #length = 0
  #isCut = false
  /** Appends bytes as they are. Past the limit they are dropped; a guest cannot tell. */
  write(bytes) {
    const room = logBytesMax - this.#length
    if (bytes.length > room) this.#isCut = true
    const piece = bytes.subarray(0, room)
    this.#reserve(this.#length + piece.length)
    this.#bytes.set(piece, this.#length)
    this.#length += piece.length
  }
  /** Doubles, so that a guest that writes byte by byte costs no more than one that writes all at once. */
  #reserve(length) {
    if (length <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(length, Math.min(2 * this.#bytes.length, logBytesMax)))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
  /** Appends a line, on a line of its own. */
  writeLine(text) {
    if (this.#length > 0 && this.#bytes[this.#length - 1] !== newline) this.write(Uint8Array.of(newline))
    this.write(encoder.encode(`${text}\n`))
  }
  /** All that was written, as text: what is not UTF-8 shows as U+FFFD, and a last line says if something is missing. */
  text() {
    if (this.#length === 0) return ''
    const all = this.#bytes.subarray(0, this.#length)
    // Of a character that the limit cuts in two nothing is shown.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(all, { stream: this.#isCut })
    if (!this.#isCut) return text
    return `${text}${text.endsWith('\n') ? '' : '\n'}(the log ends here: it is longer than ${logBytesMax} bytes)\n`
  }
}
//# sourceMappingURL=log.js.map
