const effects = [
  [/^(unreachable|nop|block|loop|else|end|br|return|call|return_call|(data|elem)\.drop)$/, 0, 0],
  [/^(if|br_if|br_table|call_indirect|return_call_indirect|drop|(local|global)\.set)$/, 1, 0],
  [/\.const$|^(local|global)\.get$|^(memory|table)\.size$|^ref\.(null|func)$/, 0, 1],
  [/^(memory|table)\.(copy|fill|init)$/, 3, 0],
  [/\.store|^table\.set$/, 2, 0],
  [/\.load\d+_lane$/, 2, 1],
  [/\.load|^table\.get$|^memory\.grow$|^local\.tee$|^ref\.is_null$/, 1, 1],
  [/^select$|\.bitselect$/, 3, 1],
  [/\.(eqz|clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt|not|splat|any_true|all_true|bitmask)$/, 1, 1],
  [/\.(wrap|trunc|extend|extend\d+|convert|demote|promote|reinterpret|extract|extadd)_/, 1, 1],
]
/** What an instruction does to the operand stack; two operands and one result where nothing else is said. */
export function stackEffect(name) {
  const [, pops, pushes] = effects.find(([names]) => names.test(name)) ?? [/./, 2, 1]
  return { pops, pushes }
}
//# sourceMappingURL=stack-effect.js.map
