import type { Call } from '../command.ts'
import { print } from '../output.ts'
import type { Display } from './display.ts'

/** The display that fits where the output goes: JSON for programs, a live board on a terminal, plain lines in a pipe. */
export async function chooseDisplay({ json }: Pick<Call, 'json'>): Promise<Display> {
  if (json) return (await import('./json.ts')).jsonDisplay(line => print(line.trimEnd()))
  const { stderr } = process
  if (stderr.isTTY) return (await import('./terminal.ts')).terminalDisplay(stderr)
  return (await import('./lines.ts')).linesDisplay(text => void stderr.write(text))
}
