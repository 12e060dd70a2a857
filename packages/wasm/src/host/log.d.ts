/** What a guest writes during one run: messages, and its standard output and error, in the order in which they come. */
export declare class RunLog {
  #private
  /** Appends bytes as they are. Past the limit they are dropped; a guest cannot tell. */
  write(bytes: Uint8Array): void
  /** Appends a line, on a line of its own. */
  writeLine(text: string): void
  /** All that was written, as text: what is not UTF-8 shows as U+FFFD, and a last line says if something is missing. */
  text(): string
}
//# sourceMappingURL=log.d.ts.map
