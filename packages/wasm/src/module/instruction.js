import { costOf } from '../gas/cost.js'
import { nanEffect } from './nan.js'
import { stackEffect } from './stack-effect.js'
/** Fills a table from names in the order of their opcodes; `-` leaves one out. */
function fill(table, from, immediate, names, refused) {
  for (const [i, name] of names.trim().split(/\s+/).entries()) {
    if (name === '-') continue
    const { pops, pushes } = stackEffect(name)
    table[from + i] = { name, immediate, refused, pops, pushes, cost: costOf(name), nan: nanEffect(name) }
  }
}
/** The names of a shape's instructions: `each('i8x16', 'add sub')` is `i8x16.add i8x16.sub`. */
function each(shape, names) {
  return names
    .trim()
    .split(/\s+/)
    .map(name => (name === '-' ? name : `${shape}.${name}`))
    .join(' ')
}
/** The instructions of one byte. */
export const plainInstructions = plain()
/** The instructions behind the prefix 0xfc: saturating conversions, bulk memory, tables. */
export const miscInstructions = misc()
/** The instructions behind the prefix 0xfd: SIMD. Those that touch float lanes are refused. */
export const simdInstructions = simd()
function plain() {
  const table = []
  fill(table, 0x00, 'none', 'unreachable nop')
  fill(table, 0x02, 'block', 'block loop if')
  fill(table, 0x05, 'none', 'else')
  fill(table, 0x06, 'none', 'try catch throw rethrow throw_ref', 'exceptions')
  fill(table, 0x0b, 'none', 'end')
  fill(table, 0x0c, 'index', 'br br_if')
  fill(table, 0x0e, 'labels', 'br_table')
  fill(table, 0x0f, 'none', 'return')
  fill(table, 0x10, 'index', 'call')
  fill(table, 0x11, 'index index', 'call_indirect')
  fill(table, 0x12, 'index', 'return_call')
  fill(table, 0x13, 'index index', 'return_call_indirect')
  fill(table, 0x14, 'none', 'call_ref return_call_ref', 'typed function references')
  fill(table, 0x18, 'none', 'delegate catch_all', 'exceptions')
  fill(table, 0x1a, 'none', 'drop select')
  fill(table, 0x1c, 'types', 'select')
  fill(table, 0x1f, 'none', 'try_table', 'exceptions')
  fill(table, 0x20, 'index', 'local.get local.set local.tee global.get global.set table.get table.set')
  fill(table, 0x28, 'memory argument', each('i32', 'load'))
  fill(table, 0x29, 'memory argument', 'i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u')
  fill(table, 0x30, 'memory argument', each('i64', 'load8_s load8_u load16_s load16_u load32_s load32_u'))
  fill(table, 0x36, 'memory argument', 'i32.store i64.store f32.store f64.store i32.store8 i32.store16')
  fill(table, 0x3c, 'memory argument', each('i64', 'store8 store16 store32'))
  fill(table, 0x3f, 'memory', 'memory.size memory.grow')
  fill(table, 0x41, 'i32', 'i32.const')
  fill(table, 0x42, 'i64', 'i64.const')
  fill(table, 0x43, 'f32', 'f32.const')
  fill(table, 0x44, 'f64', 'f64.const')
  fillArithmetic(table)
  fill(table, 0xd0, 'reference', 'ref.null')
  fill(table, 0xd1, 'none', 'ref.is_null')
  fill(table, 0xd2, 'index', 'ref.func')
  fill(table, 0xd3, 'none', 'ref.eq', 'garbage collection')
  fill(table, 0xd4, 'none', 'ref.as_non_null br_on_null br_on_non_null', 'typed function references')
  return table
}
function fillArithmetic(table) {
  const integerTests = 'eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'
  const floatTests = 'eq ne lt gt le ge'
  const integers = 'clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'
  const floats = 'abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign'
  fill(table, 0x45, 'none', `${each('i32', integerTests)} ${each('i64', integerTests)}`)
  fill(table, 0x5b, 'none', `${each('f32', floatTests)} ${each('f64', floatTests)}`)
  fill(table, 0x67, 'none', `${each('i32', integers)} ${each('i64', integers)}`)
  fill(table, 0x8b, 'none', `${each('f32', floats)} ${each('f64', floats)}`)
  fill(table, 0xa7, 'none', each('i32', 'wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'))
  fill(table, 0xac, 'none', each('i64', 'extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u'))
  fill(table, 0xb2, 'none', each('f32', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64'))
  fill(table, 0xb7, 'none', each('f64', 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32'))
  fill(table, 0xbc, 'none', 'i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64')
  fill(table, 0xc0, 'none', 'i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s')
}
function misc() {
  const table = []
  const truncations = 'trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u'
  fill(table, 0, 'none', `${each('i32', truncations)} ${each('i64', truncations)}`)
  fill(table, 8, 'index memory', 'memory.init')
  fill(table, 9, 'index', 'data.drop')
  fill(table, 10, 'memory memory', 'memory.copy')
  fill(table, 11, 'memory', 'memory.fill')
  fill(table, 12, 'index index', 'table.init')
  fill(table, 13, 'index', 'elem.drop')
  fill(table, 14, 'index index', 'table.copy')
  fill(table, 15, 'index', 'table.grow table.size table.fill')
  fill(table, 18, 'none', 'memory.discard', 'memory control')
  fill(table, 19, 'none', 'i64.add128 i64.sub128 i64.mul_wide_s i64.mul_wide_u', 'wide arithmetic')
  return table
}
function simd() {
  const table = []
  const tests = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'
  const floatTests = 'eq ne lt gt le ge'
  const sums = 'shl shr_s shr_u add add_sat_s add_sat_u sub sub_sat_s sub_sat_u'
  const loads = 'load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u'
  const splats = 'load8_splat load16_splat load32_splat load64_splat'
  fill(table, 0, 'memory argument', each('v128', `load ${loads} ${splats} store`))
  fill(table, 12, 'v128', 'v128.const i8x16.shuffle')
  fill(table, 14, 'none', 'i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat')
  fill(table, 21, 'lane', each('i8x16', 'extract_lane_s extract_lane_u replace_lane'))
  fill(table, 24, 'lane', each('i16x8', 'extract_lane_s extract_lane_u replace_lane'))
  fill(table, 27, 'lane', 'i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane')
  fill(table, 31, 'lane', 'f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane')
  fill(table, 35, 'none', `${each('i8x16', tests)} ${each('i16x8', tests)} ${each('i32x4', tests)}`)
  fill(table, 65, 'none', `${each('f32x4', floatTests)} ${each('f64x2', floatTests)}`)
  fill(table, 77, 'none', each('v128', 'not and andnot or xor bitselect any_true'))
  fill(table, 84, 'memory argument lane', each('v128', 'load8_lane load16_lane load32_lane load64_lane'))
  fill(table, 88, 'memory argument lane', each('v128', 'store8_lane store16_lane store32_lane store64_lane'))
  fill(table, 92, 'memory argument', 'v128.load32_zero v128.load64_zero')
  fill(table, 94, 'none', 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4')
  fill(table, 96, 'none', each('i8x16', 'abs neg popcnt all_true bitmask narrow_i16x8_s narrow_i16x8_u'))
  fill(table, 103, 'none', each('f32x4', 'ceil floor trunc nearest'))
  fill(table, 107, 'none', `${each('i8x16', sums)} f64x2.ceil f64x2.floor ${each('i8x16', 'min_s min_u max_s max_u')}`)
  fill(table, 122, 'none', 'f64x2.trunc i8x16.avgr_u')
  fill(table, 124, 'none', each('i16x8', 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u'))
  fill(table, 126, 'none', each('i32x4', 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u'))
  fill(table, 128, 'none', each('i16x8', 'abs neg q15mulr_sat_s all_true bitmask narrow_i32x4_s narrow_i32x4_u'))
  fill(table, 135, 'none', each('i16x8', widening('extend', 'i8x16')))
  fill(table, 139, 'none', `${each('i16x8', sums)} f64x2.nearest`)
  fill(table, 149, 'none', each('i16x8', `mul min_s min_u max_s max_u - avgr_u ${widening('extmul', 'i8x16')}`))
  fill(table, 160, 'none', each('i32x4', `abs neg - all_true bitmask - - ${widening('extend', 'i16x8')}`))
  fill(table, 171, 'none', each('i32x4', 'shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s'))
  fill(table, 188, 'none', each('i32x4', widening('extmul', 'i16x8')))
  fill(table, 192, 'none', each('i64x2', `abs neg - all_true bitmask - - ${widening('extend', 'i32x4')}`))
  fill(table, 203, 'none', each('i64x2', 'shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s'))
  fill(table, 220, 'none', each('i64x2', widening('extmul', 'i32x4')))
  fill(table, 224, 'none', each('f32x4', 'abs neg - sqrt add sub mul div min max pmin pmax'))
  fill(table, 236, 'none', each('f64x2', 'abs neg - sqrt add sub mul div min max pmin pmax'))
  fill(table, 248, 'none', 'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s')
  fill(table, 251, 'none', 'f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero')
  fill(table, 254, 'none', 'f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u')
  return table.map(refuseFloatLanes)
}
function widening(name, from) {
  return `${name}_low_${from}_s ${name}_high_${from}_s ${name}_low_${from}_u ${name}_high_${from}_u`
}
/** The bits of a NaN in a lane differ between machines, and profile 1 has no cheap way to hide them (design § 3). */
function refuseFloatLanes(instruction) {
  if (!instruction || !/f32x4|f64x2/.test(instruction.name)) return instruction
  return { ...instruction, refused: 'SIMD on floats' }
}
//# sourceMappingURL=instruction.js.map
