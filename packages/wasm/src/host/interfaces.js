import * as cli from './wasi/cli.js'
import * as clocks from './wasi/clocks.js'
import * as filesystem from './wasi/filesystem.js'
import * as io from './wasi/io.js'
import { logging } from './wasi/logging.js'
import * as random from './wasi/random.js'
/** Interfaces without functions are there for their resources. */
const nothing = new Map()
/** All that a guest may import (docs/guide.md), without versions. */
export const hostInterfaces = new Map([
  ['wasi:logging/logging', logging],
  ['wasi:random/random', random.random],
  ['wasi:random/insecure', random.insecure],
  ['wasi:random/insecure-seed', random.insecureSeed],
  ['wasi:clocks/monotonic-clock', clocks.monotonicClock],
  ['wasi:clocks/wall-clock', clocks.wallClock],
  ['wasi:io/error', io.error],
  ['wasi:io/poll', io.poll],
  ['wasi:io/streams', io.streams],
  ['wasi:cli/environment', cli.environment],
  ['wasi:cli/exit', cli.exit],
  ['wasi:cli/stdin', cli.stdin],
  ['wasi:cli/stdout', cli.stdout],
  ['wasi:cli/stderr', cli.stderr],
  ['wasi:cli/terminal-input', nothing],
  ['wasi:cli/terminal-output', nothing],
  ['wasi:cli/terminal-stdin', cli.terminalStdin],
  ['wasi:cli/terminal-stdout', cli.terminalStdout],
  ['wasi:cli/terminal-stderr', cli.terminalStderr],
  ['wasi:filesystem/types', filesystem.types],
  ['wasi:filesystem/preopens', filesystem.preopens],
])
/** An interface by the name that a guest imports it by: WASI of any version 0.2, logging of any or none. */
export function hostInterface(name) {
  const [id = name, version] = name.split('@')
  const isVersionKnown = id === 'wasi:logging/logging' || /^0\.2\.\d/.test(version ?? '')
  return isVersionKnown ? hostInterfaces.get(id) : undefined
}
/** A function by the interface that a guest imports it from. */
export function hostFunction(host, name) {
  return hostInterface(host)?.get(name)
}
//# sourceMappingURL=interfaces.js.map
