import { ByteReader } from '@ipvm/wit/component'
import { plainInstructions } from '../module/instruction.js'
import { skipImmediate } from '../module/walk.js'
/** How far ahead the use of a value is looked for, instructions. */
const lookaheadMax = 12
/**
 * Whether the instruction that takes the value on top of the stack cannot tell one NaN from another. Only straight-line
 * code is looked at: `false` means that it is not known.
 */
export function absorbsNan({ bytes, offset, end }) {
  const reader = new ByteReader(bytes, offset, end)
  let above = 0
  for (let left = lookaheadMax; left > 0; left--) {
    const instruction = plainInstructions[reader.peek() ?? 0]
    if (!instruction || !isStraight(instruction)) return false
    reader.byte()
    if (instruction.pops > above) return instruction.nan !== 'none'
    above += instruction.pushes - instruction.pops
    if (instruction.immediate !== 'none') skipImmediate(reader, instruction.immediate)
  }
  return false
}
/** Whether an instruction goes on with the next one, and does nothing that could be seen elsewhere before it. */
function isStraight({ immediate, refused, pushes, name }) {
  if (refused !== undefined || pushes !== 1) return false
  if (immediate === 'none' || immediate === 'memory argument') return true
  return immediate === 'index' ? name === 'local.get' : immediate.length === 3
}
//# sourceMappingURL=lookahead.js.map
