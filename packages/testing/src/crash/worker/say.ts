import { writeSync } from 'node:fs'
import type { Line } from './line.ts'

/** Says a line, which is out when this returns, whatever happens next. */
export function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
