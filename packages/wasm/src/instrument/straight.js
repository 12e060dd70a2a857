import { plainInstructions } from '../module/instruction.js'
import { skipImmediate } from '../module/walk.js'
/**
 * The instructions of one byte that go on with the next one and are taken over as they are, by their opcodes: nine in ten
 * of all code. What the rewriter needs to know of them lies in arrays of bytes, which are read faster than objects.
 */
export const straight = {
  /** How its immediate is stepped over; 0 for all that are not straight. */
  form: new Uint8Array(256),
  pops: new Uint8Array(256),
  pushes: new Uint8Array(256),
  cost: new Uint8Array(256),
}
/** The immediates that straight instructions have; the index is their form. */
const immediates = [undefined, 'none', 'index', 'memory argument', 'i32', 'i64']
/** `drop` is the first: all below control where the code goes on. */
const firstOpcode = 0x1a
/** `global.get` and `global.set` are written anew, `memory.grow` is replaced. */
const rewritten = [0x23, 0x24, 0x40]
plainInstructions.forEach((instruction, opcode) => {
  if (!instruction || opcode < firstOpcode || rewritten.includes(opcode)) return
  straight.form[opcode] = formOf(instruction)
  straight.pops[opcode] = instruction.pops
  straight.pushes[opcode] = instruction.pushes
  straight.cost[opcode] = instruction.cost
})
function formOf({ immediate, refused, nan }) {
  if (refused !== undefined || nan === 'f32' || nan === 'f64') return 0
  return Math.max(immediates.indexOf(immediate), 0)
}
/** Steps over the immediate of a straight instruction. */
export function skipStraight(reader, form) {
  if (form === 2 || form === 4) reader.skipInteger(32)
  else if (form > 1) skipImmediate(reader, immediates[form] ?? 'none')
}
//# sourceMappingURL=straight.js.map
