/** Bytes as characters of the same numbers. Ten times as fast as spreading them into arguments. */
export function characters(bytes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, undefined, bytes)
}
