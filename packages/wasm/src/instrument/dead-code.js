import { blockDepthMax } from '../limits.js'
import { readInstruction, skipImmediate } from '../module/walk.js'
/** Steps over code that cannot be reached, past the `else` or `end` of its block; gives where that stands. */
export function skipDeadCode(reader) {
  let depth = 0
  for (;;) {
    const start = reader.offset
    const instruction = readInstruction(reader)
    if (instruction.immediate === 'block') depth += 1
    else if (instruction.name === 'end' || instruction.name === 'else') {
      if (depth === 0) return start
      if (instruction.name === 'end') depth -= 1
    }
    if (depth > blockDepthMax) reader.fail(`blocks nested deeper than ${blockDepthMax}`)
    skipImmediate(reader, instruction.immediate)
  }
}
//# sourceMappingURL=dead-code.js.map
