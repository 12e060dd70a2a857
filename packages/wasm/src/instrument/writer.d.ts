/** Collects pieces of a module that is being rewritten; what is taken over is copied once, at the end. */
export declare class ByteWriter {
  #private
  get length(): number
  bytes(...bytes: number[]): this
  piece(piece: Uint8Array): this
  u32(value: number): this
  /** A signed integer of 32 bits. */
  s32(value: number): this
  name(name: string): this
  /** Another writer's pieces behind their length. */
  sized(inner: ByteWriter): this
  join(): Uint8Array<ArrayBuffer>
}
//# sourceMappingURL=writer.d.ts.map
