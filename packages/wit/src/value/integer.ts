const ranges: ReadonlyMap<string, readonly [low: bigint, high: bigint]> = new Map([
  ['u8', [0n, 0xffn]],
  ['s8', [-0x80n, 0x7fn]],
  ['u16', [0n, 0xffffn]],
  ['s16', [-0x8000n, 0x7fffn]],
  ['u32', [0n, 0xffff_ffffn]],
  ['s32', [-0x8000_0000n, 0x7fff_ffffn]],
  ['u64', [0n, 0xffff_ffff_ffff_ffffn]],
  ['s64', [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn]],
])

/** The lowest and highest value of an integer type; none for the other types. */
export function integerRange(kind: string): readonly [low: bigint, high: bigint] | undefined {
  return ranges.get(kind)
}
