/** What a built function finds beside ECMAScript itself; the prelude of the bundle brings it where the engine does not. */
export const globalsText = `
interface Console {
  log(...values: unknown[]): void
  info(...values: unknown[]): void
  debug(...values: unknown[]): void
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}
declare var console: Console
declare class TextEncoder {
  readonly encoding: string
  encode(text?: string): Uint8Array
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  readonly encoding: string
  decode(bytes?: ArrayBufferView | ArrayBuffer): string
}
declare function atob(text: string): string
declare function btoa(text: string): string
`
